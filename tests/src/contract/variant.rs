//! What differs from a frozen contract: a few lines each, written down here.

/// A contract that differs from a frozen one in some lines.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Variant {
    /// Part of file names, and of the plugin's: letters, digits and underscores.
    pub name: &'static str,
    /// The version of its `plugin-api`.
    pub version: &'static str,
    pub(super) frozen: Frozen,
    pub(super) edits: &'static [Edit],
}

/// A contract as it was when it was frozen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frozen {
    /// Its folder in `tests/contracts`.
    pub(super) folder: &'static str,
    /// The version of its `plugin-api`.
    pub(super) version: &'static str,
}

const FROZEN_1_0: Frozen = Frozen {
    folder: "v1_0",
    version: "1.0.0",
};

const FROZEN_1_1: Frozen = Frozen {
    folder: "v1_1",
    version: "1.1.0",
};

const FROZEN_1_2: Frozen = Frozen {
    folder: "v1_2",
    version: "1.2.0",
};

/// Replaces one text by another.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Edit {
    pub(super) file: &'static str,
    from: &'static str,
    to: &'static str,
}

impl Edit {
    const fn new(file: &'static str, from: &'static str, to: &'static str) -> Self {
        Self { file, from, to }
    }

    pub(super) fn apply(&self, text: &str, variant: &str) -> String {
        let Self { file, from, to } = self;
        let count = text.matches(from).count();
        assert!(
            count == 1,
            "{variant}: {file} has {count} times what is to be replaced:\n{from}"
        );
        text.replace(from, to)
    }
}

impl Variant {
    /// One that differs from 1.0.
    const fn new(name: &'static str, version: &'static str, edits: &'static [Edit]) -> Self {
        Self {
            name,
            version,
            frozen: FROZEN_1_0,
            edits,
        }
    }

    /// Contract 1.0 itself.
    pub const V1_0: Self = Self::new("v1_0", "1.0.0", &[]);

    /// Contract 1.1 itself.
    pub const V1_1: Self = Self {
        name: "v1_1",
        version: "1.1.0",
        frozen: FROZEN_1_1,
        edits: &[],
    };

    /// Contract 1.2 itself.
    pub const V1_2: Self = Self {
        name: "v1_2",
        version: "1.2.0",
        frozen: FROZEN_1_2,
        edits: &[],
    };

    /// 1.2 with what 1.x may add: a function of the module, a method of the host's object that the plugin calls, a
    /// method of the plugin's object.
    pub const V1_3: Self = Self {
        name: "v1_3",
        version: "1.3.0",
        frozen: FROZEN_1_2,
        edits: &[
            Edit::new(
                "plugin-api/src/abi/module.rs",
                "RResult<RawPlugin, RawError>,\n}",
                "RResult<RawPlugin, RawError>,\n    \
                 /// Since 1.3.\n    \
                 pub describe: extern \"C\" fn() -> RStr<'static>,\n}",
            ),
            Edit::new(
                "plugin-api/src/export.rs",
                "open: __plugin_open,\n",
                "open: __plugin_open,\n describe: $crate::__private::describe,\n",
            ),
            Edit::new(
                "plugin-api/src/export.rs",
                "pub use super::{name, open};",
                "pub use super::{describe, name, open};",
            ),
            Edit::new(
                "plugin-api/src/export.rs",
                "/// A name as the root module holds it.",
                "/// Since 1.3.\n\
                 #[doc(hidden)]\n\
                 pub extern \"C\" fn describe() -> RStr<'static> {\n    name(\"of 1.3\")\n}\n\n\
                 /// A name as the root module holds it.",
            ),
            Edit::new(
                "plugin-api/src/abi/host.rs",
                "        self.log(crate::LogLevel::Info as u8, RStr::from_str(&line));\n    }\n",
                "        self.log(crate::LogLevel::Info as u8, RStr::from_str(&line));\n    }\n    \
                 /// Since 1.3.\n    \
                 fn kind(&self) -> RStr<'static> {\n        \
                 RStr::from_str(\"older than 1.3\")\n    }\n",
            ),
            Edit::new(
                "plugin-api/src/abi/token_authorizer.rs",
                "        let _ = key;\n        ROption::RNone\n    }\n",
                "        let _ = key;\n        ROption::RNone\n    }\n    \
                 /// Since 1.3.\n    \
                 fn key_count(&self) -> u64 {\n        \
                 let count = 3;\n        count\n    }\n",
            ),
            Edit::new(
                "plugin-api/src/host.rs",
                "    /// The host's log.\n",
                "    /// Since 1.3.\n    \
                 #[must_use]\n    \
                 pub fn kind(&self) -> &'static str {\n        \
                 self.raw.kind().as_str()\n    }\n\n    \
                 /// The host's log.\n",
            ),
            Edit::new(
                "plugin/src/lib.rs",
                "    host.audit(\"opened\"",
                "    host.log().info(&format!(\"the host is {}\", host.kind()));\n    \
                 host.audit(\"opened\"",
            ),
        ],
    };

    /// The next major version, with nothing else changed.
    pub const V2_0: Self = Self::new("v2_0", "2.0.0", &[]);

    /// 2.0, whose manifest says 1.0.
    pub const V2_0_DISGUISED: Self = Self::new(
        "v2_0_disguised",
        "2.0.0",
        &[Edit::new(
            "plugin-api/src/manifest.rs",
            "    .string(env!(\"CARGO_PKG_VERSION\"))\n",
            "    .string(\"1.0.0\")\n",
        )],
    );

    /// A parameter of a method has another type.
    pub const PARAMETER_TYPE: Self = Self::new(
        "parameter_type",
        "1.0.0",
        &[
            Edit::new(
                "plugin-api/src/abi/token_authorizer.rs",
                "        token_type: TokenType,\n    ) -> Verdict;",
                "        token_type: abi_stable::std_types::RString,\n    ) -> Verdict;",
            ),
            Edit::new(
                "plugin-api/src/shim.rs",
                "        token_type: TokenType,\n    ) -> Verdict {\n",
                "        token_type: abi_stable::std_types::RString,\n    ) -> Verdict {\n        \
                 drop(token_type);\n        \
                 let token_type = TokenType::TOKEN;\n",
            ),
        ],
    );

    /// A parameter of a function of the module has another name.
    pub const PARAMETER_NAME: Self = Self::new(
        "parameter_name",
        "1.0.0",
        &[Edit::new(
            "plugin-api/src/abi/module.rs",
            "extern \"C\" fn(host: RawHostBox)",
            "extern \"C\" fn(server: RawHostBox)",
        )],
    );

    /// A method has another name.
    pub const METHOD_NAME: Self = Self::new(
        "method_name",
        "1.0.0",
        &[
            Edit::new(
                "plugin-api/src/abi/host.rs",
                "    fn log(&self",
                "    fn write(&self",
            ),
            Edit::new(
                "plugin-api/src/log.rs",
                "self.host.log(",
                "self.host.write(",
            ),
        ],
    );

    /// A struct that crosses by value has one more field.
    pub const GROWN_STRUCT: Self = Self::new(
        "grown_struct",
        "1.0.0",
        &[Edit::new(
            "plugin-api/src/abi/context.rs",
            "    pub memory_bytes: u64,\n",
            "    pub memory_bytes: u64,\n    /// New.\n    pub restarts: u32,\n",
        )],
    );

    /// A field of a struct has another type.
    pub const FIELD_TYPE: Self = Self::new(
        "field_type",
        "1.0.0",
        &[
            Edit::new(
                "plugin-api/src/abi/response.rs",
                "    pub body: RVec<u8>,",
                "    pub body: RString,",
            ),
            Edit::new(
                "plugin-api/src/response.rs",
                "            body: response.body.into(),",
                "            body: String::from_utf8(response.body).unwrap_or_default().into(),",
            ),
        ],
    );

    /// 1.0 with a type of endpoint of a later version.
    pub const NEW_ENDPOINT_TYPE: Self = Self::new(
        "new_endpoint_type",
        "1.3.0",
        &[
            Edit::new(
                "plugin-api/src/endpoint_type.rs",
                "        METRIC = 3, \"METRIC\";\n",
                "        METRIC = 3, \"METRIC\";\n        /// New.\n        ADMIN = 4, \"ADMIN\";\n",
            ),
            Edit::new(
                "plugin/src/lib.rs",
                "EndpointType::INFERENCE;",
                "EndpointType::ADMIN;",
            ),
        ],
    );

    /// 1.0 with a method of a later version.
    pub const NEW_METHOD: Self = Self::new(
        "new_method",
        "1.3.0",
        &[
            Edit::new(
                "plugin-api/src/method.rs",
                "        DELETE = 4, \"DELETE\";\n",
                "        DELETE = 4, \"DELETE\";\n        /// New.\n        PATCH = 5, \"PATCH\";\n",
            ),
            Edit::new(
                "plugin/src/lib.rs",
                "&[Method::POST];",
                "&[Method::POST, Method::PATCH];",
            ),
        ],
    );

    /// An object of the plugin's that is not for several threads.
    pub const NOT_SHARED: Self = Self::new(
        "not_shared",
        "1.0.0",
        &[Edit::new(
            "plugin-api/src/abi/token_authorizer.rs",
            "pub trait RawTokenAuthorizer: Send + Sync {",
            "pub trait RawTokenAuthorizer: Send {",
        )],
    );

    /// Exported without the type layout that the host compares.
    pub const NO_LAYOUT: Self = Self::new(
        "no_layout",
        "1.0.0",
        &[Edit::new(
            "plugin-api/src/export.rs",
            "CheckTypeLayout::Yes",
            "CheckTypeLayout::No",
        )],
    );

    /// Its module cannot be created.
    pub const MODULE_PANICS: Self = Self::new(
        "module_panics",
        "1.0.0",
        &[Edit::new(
            "plugin-api/src/export.rs",
            "                use $crate::__private::PrefixTypeTrait as _;\n",
            "                use $crate::__private::PrefixTypeTrait as _;\n\n                \
             if ::std::env::var_os(\"PATH\").is_some() { panic!(\"no module today\"); }\n",
        )],
    );
}
