//! What a file says of itself, read before any of its code runs.

use abi_stable::library::ROOT_MODULE_LOADER_NAME;
use object::{NameOrOrdinal, Object, ObjectSection, ObjectSegment};
use plugin_api::manifest;
use serde::Deserialize;

use super::error::CONTRACT;

/// The manifest that `export_plugin!` leaves in a file.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(super) struct Manifest {
    /// The plugin's package name.
    pub(super) name: String,
    /// The plugin's package version.
    pub(super) version: String,
    /// The contract that it was built for.
    pub(super) contract: String,
    /// What built it, such as `rustc 1.95.0 (...)`.
    pub(super) compiler: String,
    /// The endpoints that it registers.
    pub(super) endpoints: Vec<ManifestEndpoint>,
}

/// An endpoint in a manifest, in the words of the contract.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct ManifestEndpoint {
    pub(super) url_pattern: String,
    pub(super) r#type: String,
    pub(super) methods: Vec<String>,
}

/// Why a file is no plugin for this host.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InspectError {
    /// Not an object file.
    #[error("not a shared library of this platform ({0})")]
    NotAnObject(object::Error),
    /// For another machine.
    #[error("built for {found}: expected {expected}")]
    Machine {
        /// Format, machine and width.
        found: String,
        /// Those of this host.
        expected: String,
    },
    /// Cut off.
    #[error("truncated: a segment ends at byte {end}, the file has {size} bytes: copy it again")]
    Truncated {
        /// Where a segment ends.
        end: u64,
        /// The size of the file.
        size: u64,
    },
    /// A library, but no plugin.
    #[error("no plugin: {missing} is missing: export it with plugin_api::export_plugin!")]
    NotAPlugin {
        /// What was looked for.
        missing: &'static str,
    },
    /// The manifest cannot be read.
    #[error("its manifest cannot be read: {0}")]
    Manifest(String),
    /// For another contract.
    #[error(
        "built for contract {found}, this host has contract {CONTRACT}: rebuild it with plugin-api {CONTRACT}"
    )]
    Contract {
        /// The plugin's contract version.
        found: String,
    },
}

/// Checks that the bytes are a complete plugin for this host.
///
/// # Errors
/// The first thing that is wrong.
pub(super) fn inspect(bytes: &[u8]) -> Result<Manifest, InspectError> {
    let file = object::File::parse(bytes).map_err(InspectError::NotAnObject)?;
    let (found, expected) = (machine_of(&file), native_machine());
    if found != expected {
        return Err(InspectError::Machine { found, expected });
    }
    let size = bytes.len() as u64;
    // A segment beyond the end would kill the process inside of the dynamic linker.
    for segment in file.segments() {
        let (offset, length) = segment.file_range();
        let end = offset.saturating_add(length);
        if end > size {
            return Err(InspectError::Truncated { end, size });
        }
    }
    if !exports_entry(&file) {
        return Err(InspectError::NotAPlugin {
            missing: "the entry symbol",
        });
    }
    let manifest = read_manifest(&file)?;
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    if major(&manifest.contract) != major(CONTRACT) {
        return Err(InspectError::Contract {
            found: manifest.contract,
        });
    }
    Ok(manifest)
}

fn exports_entry(file: &object::File<'_>) -> bool {
    let entry = ROOT_MODULE_LOADER_NAME.as_bytes();
    file.exports().is_ok_and(|mut exports| {
        exports.any(|export| match export.as_ref().map(object::Export::name) {
            // Mach-O puts an underscore before every name.
            Ok(NameOrOrdinal::Name(name)) => {
                name == entry || name.strip_prefix(b"_") == Some(entry)
            }
            _ => false,
        })
    })
}

fn read_manifest(file: &object::File<'_>) -> Result<Manifest, InspectError> {
    let missing = InspectError::NotAPlugin {
        missing: "the manifest",
    };
    let Some(section) = file.section_by_name(manifest::SECTION) else {
        return Err(missing);
    };
    let bytes = section
        .data()
        .map_err(|error| InspectError::Manifest(error.to_string()))?;
    let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
    let text =
        std::str::from_utf8(text).map_err(|error| InspectError::Manifest(error.to_string()))?;
    let Some((manifest::MAGIC, json)) = text.split_once('\n') else {
        return Err(missing);
    };
    serde_json::from_str(json).map_err(|error| InspectError::Manifest(error.to_string()))
}

fn machine_of(file: &object::File<'_>) -> String {
    describe_machine(file.format(), file.architecture(), file.is_64())
}

fn native_machine() -> String {
    let is_64 = cfg!(target_pointer_width = "64");
    describe_machine(
        object::BinaryFormat::native_object(),
        native_architecture(),
        is_64,
    )
}

fn describe_machine(
    format: object::BinaryFormat,
    architecture: object::Architecture,
    is_64: bool,
) -> String {
    let width = if is_64 { 64 } else { 32 };
    format!("{format:?} {architecture:?} {width}-bit")
}

const fn native_architecture() -> object::Architecture {
    if cfg!(target_arch = "x86_64") {
        object::Architecture::X86_64
    } else if cfg!(target_arch = "aarch64") {
        object::Architecture::Aarch64
    } else {
        object::Architecture::Unknown
    }
}
