//! What a plugin declares in a section of its file, readable before any of its code runs.
//!
//! The section holds [`MAGIC`], a line feed, one JSON object, and NUL bytes up to [`MANIFEST_BYTES`].

use crate::{EndpointType, Method};

/// The first line of a manifest; the number is the version of the manifest's format.
pub const MAGIC: &str = "MODEL-SERVER-PLUGIN 1";

/// The size of a manifest, in bytes.
pub const MANIFEST_BYTES: usize = 4096;

/// The section that holds the manifest.
pub const SECTION: &str = if cfg!(target_vendor = "apple") {
    "__plugin"
} else if cfg!(windows) {
    ".plugin"
} else {
    ".plugin_manifest"
};

/// The version of the contract that this crate is.
pub const CONTRACT_VERSION: &str = env!("CARGO_PKG_VERSION");

/// One endpoint of the manifest.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ManifestEndpoint {
    url_pattern: &'static str,
    endpoint_type: EndpointType,
    methods: &'static [Method],
}

impl ManifestEndpoint {
    /// What `T` declares.
    #[must_use]
    pub const fn of<T: crate::Endpoint>() -> Self {
        Self {
            url_pattern: T::URL_PATTERN,
            endpoint_type: T::ENDPOINT_TYPE,
            methods: T::METHODS,
        }
    }
}

/// Writes a manifest at compile time.
///
/// # Panics
/// Fails the build of a plugin whose manifest does not fit.
#[doc(hidden)]
#[must_use]
pub const fn render(
    name: &str,
    version: &str,
    endpoints: &[ManifestEndpoint],
) -> [u8; MANIFEST_BYTES] {
    let writer = Writer {
        bytes: [0; MANIFEST_BYTES],
        length: 0,
    }
    .raw(MAGIC)
    .raw("\n{\"name\":")
    .string(name)
    .raw(",\"version\":")
    .string(version)
    .raw(",\"contract\":")
    .string(env!("CARGO_PKG_VERSION"))
    .raw(",\"compiler\":")
    .string(env!("PLUGIN_API_COMPILER"))
    .raw(",\"endpoints\":[")
    .endpoints(endpoints)
    .raw("]}");
    writer.bytes
}

struct Writer {
    bytes: [u8; MANIFEST_BYTES],
    length: usize,
}

impl Writer {
    const fn byte(mut self, byte: u8) -> Self {
        assert!(
            self.length < MANIFEST_BYTES,
            "the plugin's manifest is too long"
        );
        self.bytes[self.length] = byte;
        self.length += 1;
        self
    }

    const fn raw(mut self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut index = 0;
        while index < bytes.len() {
            self = self.byte(bytes[index]);
            index += 1;
        }
        self
    }

    const fn string(mut self, text: &str) -> Self {
        let bytes = text.as_bytes();
        self = self.byte(b'"');
        let mut index = 0;
        while index < bytes.len() {
            assert!(
                bytes[index] >= b' ',
                "a control character in the plugin's manifest"
            );
            if bytes[index] == b'"' || bytes[index] == b'\\' {
                self = self.byte(b'\\');
            }
            self = self.byte(bytes[index]);
            index += 1;
        }
        self.byte(b'"')
    }

    const fn endpoints(mut self, endpoints: &[ManifestEndpoint]) -> Self {
        let mut index = 0;
        while index < endpoints.len() {
            if index > 0 {
                self = self.byte(b',');
            }
            let ManifestEndpoint {
                url_pattern,
                endpoint_type,
                methods,
            } = endpoints[index];
            self = self
                .raw("{\"url_pattern\":")
                .string(url_pattern)
                .raw(",\"type\":")
                .string(endpoint_type.as_str())
                .raw(",\"methods\":[")
                .methods(methods)
                .raw("]}");
            index += 1;
        }
        self
    }

    const fn methods(mut self, methods: &[Method]) -> Self {
        let mut index = 0;
        while index < methods.len() {
            if index > 0 {
                self = self.byte(b',');
            }
            self = self.string(methods[index].as_str());
            index += 1;
        }
        self
    }
}

#[cfg(test)]
mod tests;
