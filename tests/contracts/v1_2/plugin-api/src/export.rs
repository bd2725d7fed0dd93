//! What [`export_plugin!`](crate::export_plugin) expands to.

use std::panic;

use abi_stable::{
    library::ROOT_MODULE_LOADER_NAME,
    std_types::{RResult, RStr},
};

use crate::{
    Host, Plugin, PluginError,
    abi::{RawError, RawHostBox, RawPlugin},
    guard::catch,
};

/// Exports a plugin from a `cdylib`.
///
/// `open` is a `fn(&Host) -> Result<Plugin, PluginError>`; `endpoints` lists the types of the
/// endpoints that it registers, which become part of the manifest in the file.
///
/// ```
/// use plugin_api::{Context, Endpoint, EndpointType, Host, Method, Plugin, PluginError, Request, Response};
///
/// struct Hello;
///
/// impl Endpoint for Hello {
///     const URL_PATTERN: &'static str = "hello";
///     const ENDPOINT_TYPE: EndpointType = EndpointType::INFERENCE;
///     const DESCRIPTION: &'static str = "Says hello.";
///     const METHODS: &'static [Method] = &[Method::GET];
///
///     fn do_get(&self, _: &Request<'_>, _: &Context<'_>) -> Result<Response, PluginError> {
///         Ok(Response::text("hello\n"))
///     }
/// }
///
/// fn open(_: &Host) -> Result<Plugin, PluginError> {
///     Ok(Plugin::new().endpoint(Hello))
/// }
///
/// plugin_api::export_plugin! { open: open, endpoints: [Hello] }
/// ```
///
/// # Since
/// 1.0
#[macro_export]
macro_rules! export_plugin {
    (open: $open:expr, endpoints: [$($endpoint:ty),* $(,)?] $(,)?) => {
        // The name is the message where there are two of them.
        #[doc(hidden)]
        #[macro_export]
        macro_rules! a_crate_has_only_one_export_plugin {
            () => {};
        }

        const _: () = {
            #[cfg(not(panic = "unwind"))]
            ::core::compile_error!(
                "a plugin must be built with panic = \"unwind\": a panic in it is caught at the boundary"
            );

            #[used]
            #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__plugin"))]
            #[cfg_attr(windows, unsafe(link_section = ".plugin"))]
            #[cfg_attr(
                not(any(target_vendor = "apple", windows)),
                unsafe(link_section = ".plugin_manifest")
            )]
            static MANIFEST: [u8; $crate::manifest::MANIFEST_BYTES] = $crate::manifest::render(
                ::core::env!("CARGO_PKG_NAME"),
                ::core::env!("CARGO_PKG_VERSION"),
                &[$($crate::manifest::ManifestEndpoint::of::<$endpoint>()),*],
            );

            extern "C" fn __plugin_open(
                host: $crate::abi::RawHostBox,
            ) -> $crate::__private::RResult<$crate::abi::RawPlugin, $crate::abi::RawError> {
                const OPEN: fn(
                    &$crate::Host,
                ) -> ::core::result::Result<$crate::Plugin, $crate::PluginError> = $open;
                $crate::__private::open(host, OPEN)
            }

            fn __plugin_module() -> $crate::abi::PluginModuleRef {
                use $crate::__private::PrefixTypeTrait as _;

                $crate::abi::PluginModule {
                    name: $crate::__private::name(::core::env!("CARGO_PKG_NAME")),
                    version: $crate::__private::name(::core::env!("CARGO_PKG_VERSION")),
                    open: __plugin_open,
                }
                .leak_into_prefix()
            }

            extern "C" fn __plugin_load() -> $crate::__private::RootModuleResult {
                $crate::__private::__call_root_module_loader(__plugin_module)
            }

            #[used]
            #[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
            static HEADER: $crate::__private::LibHeader = unsafe {
                $crate::__private::LibHeader::from_constructor::<$crate::abi::PluginModuleRef>(
                    __plugin_load,
                    $crate::__private::CheckTypeLayout::Yes,
                )
            };
        };
    };
    ($($other:tt)*) => {
        ::core::compile_error!("expected export_plugin! { open: FUNCTION, endpoints: [TYPE, ..] }");
    };
}

/// What the expansion of [`export_plugin!`](crate::export_plugin) uses; not part of the public API.
#[doc(hidden)]
pub mod private {
    pub use abi_stable::{
        library::{__call_root_module_loader, CheckTypeLayout, LibHeader, RootModuleResult},
        prefix_type::PrefixTypeTrait,
        std_types::RResult,
    };

    pub use super::{name, open};
}

/// Opens a plugin: a panic in it is caught and written to the host's log.
#[doc(hidden)]
pub fn open(
    host: RawHostBox,
    open: fn(&Host) -> Result<Plugin, PluginError>,
) -> RResult<RawPlugin, RawError> {
    let host = Host::new(host);
    let log = host.log();
    panic::set_hook(Box::new(move |information| {
        log.error(&format!("panic: {information}"));
    }));
    open_contained(&host, open)
}

/// Opens a plugin and catches its panics, without a panic hook.
pub(crate) fn open_contained(
    host: &Host,
    open: impl FnOnce(&Host) -> Result<Plugin, PluginError>,
) -> RResult<RawPlugin, RawError> {
    let opened = catch(|| open(host));
    // A plugin may keep the host for its log: a state that it did not take would stay in memory with its secrets.
    drop(host.take_state());
    opened.map(Plugin::into_raw).map_err(RawError::from).into()
}

/// A name as the root module holds it.
#[doc(hidden)]
#[must_use]
pub const fn name(name: &'static str) -> RStr<'static> {
    RStr::from_str(name)
}

/// The macro has to spell the symbol as a literal; the loader asks for abi_stable's own.
const _: () = {
    let expected = ROOT_MODULE_LOADER_NAME.as_bytes();
    let exported = b"_1as_0lib_1header_0root_bmodule_bloader";
    assert!(expected.len() == exported.len());
    let mut index = 0;
    while index < expected.len() {
        assert!(expected[index] == exported[index]);
        index += 1;
    }
};
