//! The manifest and the headers of a file, read before any of its code runs.

use abi_stable::library::ROOT_MODULE_LOADER_NAME;
use object::{
    BinaryFormat, FileKind, NameOrOrdinal, Object, ObjectKind, ObjectSection, ObjectSegment,
};
use plugin_api::{EndpointType, Method, manifest};
use serde::{Deserialize, Serialize};

use super::seal;
use crate::plugins::{
    contract::{CONTRACT, is_of_this_contract},
    digest::Sha256,
    running::endpoint::TOKEN_PATTERN,
};

mod elf;
mod machine;
#[cfg(test)]
mod tests;

/// The types that the contract names; `NONE` is refused later, with its own reason.
const TYPES: [EndpointType; 4] = [
    EndpointType::NONE,
    EndpointType::INFERENCE,
    EndpointType::MANAGEMENT,
    EndpointType::METRIC,
];

/// The methods that the contract names.
const METHODS: [Method; 4] = [Method::GET, Method::POST, Method::PUT, Method::DELETE];

/// How many bytes of a file that is not a library are shown.
const SHOWN_BYTES: usize = 16;

/// The manifest that `export_plugin!` writes into a file.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Manifest {
    /// The plugin's package name.
    pub(crate) name: String,
    /// The plugin's package version.
    pub(crate) version: String,
    /// The contract that it was built for.
    pub(crate) contract: String,
    /// The compiler, such as `rustc 1.95.0 (...)`.
    pub(crate) compiler: String,
    /// The endpoints that it registers.
    pub(crate) endpoints: Vec<ManifestEndpoint>,
    /// The digest of the segments to load, if the file was sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) segments_sha256: Option<Sha256>,
}

/// An endpoint in a manifest, in the terms of the contract.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub(crate) struct ManifestEndpoint {
    pub(crate) url_pattern: String,
    pub(crate) r#type: String,
    pub(crate) methods: Vec<String>,
}

impl ManifestEndpoint {
    /// Whether it replaces keys.
    pub(super) fn is_token(&self) -> bool {
        self.url_pattern == TOKEN_PATTERN
    }
}

/// Why a file is not a plugin for this host.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InspectError {
    /// Not a shared library.
    #[error(
        "{found}: expected a shared library, {expected}: build it with crate-type = [\"cdylib\"]"
    )]
    NotALibrary {
        /// Its type or its first bytes.
        found: String,
        /// Format and machine of this host.
        expected: String,
    },
    /// Its headers are inconsistent.
    #[error("damaged: {reason}: expected a complete shared library: copy it again")]
    Damaged {
        /// The inconsistency.
        reason: String,
    },
    /// For another machine.
    #[error("built for {found}: expected {expected}: build it for this machine")]
    Machine {
        /// Format and machine.
        found: String,
        /// Those of this host.
        expected: String,
    },
    /// Truncated.
    #[error("truncated: {found} bytes: expected at least {expected}: copy it again")]
    Truncated {
        /// The size of the file, in bytes.
        found: u64,
        /// Where its last part ends.
        expected: u64,
    },
    /// A library that is not a plugin.
    #[error("not a plugin: {missing} is missing: export it with plugin_api::export_plugin!")]
    NotAPlugin {
        /// What is missing.
        missing: &'static str,
    },
    /// The manifest cannot be read.
    #[error(
        "its manifest cannot be read: {reason}: build it again with endpoint-plugin-api {CONTRACT}"
    )]
    Manifest {
        /// What is wrong with it.
        reason: String,
    },
    /// What would be loaded is not what was sealed.
    #[error("its copy is damaged: it is not what was sealed: copy it again")]
    Seal,
    /// For another contract.
    #[error(
        "built for contract {found}, this host has contract {CONTRACT}: rebuild it with endpoint-plugin-api {CONTRACT}"
    )]
    Contract {
        /// The plugin's contract version.
        found: String,
    },
    /// An endpoint of a type or with a method of a later contract.
    #[error(
        "endpoint \"{url_pattern}\" {claim}, which a host of contract {CONTRACT} does not serve: expected {expected}"
    )]
    Unserved {
        /// The first segment of the path.
        url_pattern: String,
        /// The type or the method, as text.
        claim: String,
        /// What is served.
        expected: &'static str,
    },
}

/// Checks that the bytes are a complete plugin for this host.
///
/// # Errors
/// The first error found.
pub(crate) fn inspect(bytes: &[u8]) -> Result<Manifest, InspectError> {
    let kind = FileKind::parse(bytes).map_err(|_| not_a_library(beginning(bytes)))?;
    if kind == FileKind::Elf64 {
        let expected = elf::expected_bytes(bytes).map_err(damaged)?;
        check_size(bytes, expected)?;
    }
    let file = match kind {
        FileKind::Elf64 | FileKind::MachO64 => object::File::parse(bytes).map_err(damaged)?,
        FileKind::Elf32 | FileKind::MachO32 => {
            return Err(InspectError::Machine {
                found: format!("{kind:?}"),
                expected: machine::native(),
            });
        }
        other => return Err(not_a_library(format!("{other:?}"))),
    };
    let (found, expected) = (machine::of(&file), machine::native());
    if found != expected {
        return Err(InspectError::Machine { found, expected });
    }
    let found = match file.kind() {
        ObjectKind::Dynamic => None,
        ObjectKind::Relocatable => Some("an object file"),
        ObjectKind::Executable => Some("a program"),
        _ => Some("an object of another kind"),
    };
    if let Some(found) = found {
        return Err(not_a_library(found.to_owned()));
    }
    for segment in file.segments() {
        let (offset, length) = segment.file_range();
        check_size(bytes, offset.saturating_add(length))?;
    }
    if !exports_entry(&file) {
        return Err(InspectError::NotAPlugin {
            missing: "the entry symbol",
        });
    }
    let manifest = read_manifest(&file)?;
    if !is_of_this_contract(&manifest.contract) {
        return Err(InspectError::Contract {
            found: manifest.contract,
        });
    }
    if manifest
        .segments_sha256
        .is_some_and(|sealed| !seal::is_intact(&file, bytes, sealed))
    {
        return Err(InspectError::Seal);
    }
    manifest.endpoints.iter().try_for_each(check_served)?;
    Ok(manifest)
}

/// A type or a method that this contract does not name could not be routed.
fn check_served(endpoint: &ManifestEndpoint) -> Result<(), InspectError> {
    let unserved = |claim, expected| {
        Err(InspectError::Unserved {
            url_pattern: endpoint.url_pattern.clone(),
            claim,
            expected,
        })
    };
    let found = &endpoint.r#type;
    if !TYPES.iter().any(|known| known.as_str() == found) {
        return unserved(
            format!("is of type {found}"),
            "INFERENCE, MANAGEMENT or METRIC",
        );
    }
    let is_unknown = |method: &&String| !METHODS.iter().any(|known| known.as_str() == *method);
    match endpoint.methods.iter().find(is_unknown) {
        Some(found) => unserved(
            format!("lists the method {found}"),
            "GET, POST, PUT or DELETE",
        ),
        None => Ok(()),
    }
}

/// Format and machine of the plugins that this host loads.
pub(crate) fn native_machine() -> String {
    machine::native()
}

fn check_size(bytes: &[u8], expected: u64) -> Result<(), InspectError> {
    let found = bytes.len() as u64;
    if found < expected {
        return Err(InspectError::Truncated { found, expected });
    }
    Ok(())
}

fn not_a_library(found: String) -> InspectError {
    InspectError::NotALibrary {
        found,
        expected: machine::native(),
    }
}

fn damaged(error: object::Error) -> InspectError {
    InspectError::Damaged {
        reason: error.to_string(),
    }
}

/// The first bytes of a file, to recognize it.
fn beginning(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "an empty file".to_owned();
    }
    let shown = bytes.get(..SHOWN_BYTES).unwrap_or(bytes);
    format!("begins with \"{}\"", shown.escape_ascii())
}

fn exports_entry(file: &object::File<'_>) -> bool {
    let mut entry = ROOT_MODULE_LOADER_NAME.to_owned();
    if file.format() == BinaryFormat::MachO {
        // Mach-O puts an underscore before every name.
        entry.insert(0, '_');
    }
    let is_entry = |export: &object::Export<'_>| matches!(export.name(), NameOrOrdinal::Name(name) if name == entry.as_bytes());
    file.exports()
        .is_ok_and(|mut exports| exports.any(|export| export.as_ref().is_ok_and(is_entry)))
}

fn read_manifest(file: &object::File<'_>) -> Result<Manifest, InspectError> {
    let missing = InspectError::NotAPlugin {
        missing: "the manifest",
    };
    let Some(section) = file.section_by_name(manifest::SECTION) else {
        return Err(missing);
    };
    let bytes = section.data().map_err(unreadable)?;
    let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
    let text = std::str::from_utf8(text).map_err(unreadable)?;
    let Some((manifest::MAGIC, json)) = text.split_once('\n') else {
        return Err(missing);
    };
    serde_json::from_str(json).map_err(unreadable)
}

#[expect(clippy::needless_pass_by_value, reason = "the form that map_err wants")]
fn unreadable(error: impl ToString) -> InspectError {
    InspectError::Manifest {
        reason: error.to_string(),
    }
}
