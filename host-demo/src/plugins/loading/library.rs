//! A library becomes a module of the contract: the only place where foreign code enters the
//! process.

use std::{
    mem::ManuallyDrop,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use abi_stable::{
    StableAbi,
    library::{
        AbiHeaderRef, LibHeader, LibraryError as AbiStableError, ROOT_MODULE_LOADER_NAME_WITH_NUL,
    },
};
use libloading::Library;
use plugin_api::abi::PluginModuleRef;

use super::layout;
use crate::{
    plugins::contract::{CONTRACT, is_of_this_contract},
    telemetry::error_chain::error_chain,
};

/// The message of glibc and musl when the system does not allow a file to be mapped as code.
const MAPPING_REFUSED: &str = "map segment";

/// Why a library is not a module of the contract.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LibraryError {
    /// The dynamic linker refused it.
    #[error("cannot be loaded: {reason}")]
    Open {
        /// The linker's message, in one line.
        reason: String,
    },
    /// It was built with another abi_stable.
    #[error(
        "its ABI header does not match: {reason}: rebuild it with endpoint-plugin-api {CONTRACT}"
    )]
    Header {
        /// What differs.
        reason: String,
    },
    /// It was built for another contract.
    #[error(
        "built for contract {found}, this host has contract {CONTRACT}: rebuild it with endpoint-plugin-api {CONTRACT}"
    )]
    Contract {
        /// The plugin's contract version.
        found: String,
    },
    /// It has no type layout.
    #[error("has no type layout, so it cannot be checked: export it with export_plugin!")]
    NoLayout,
    /// Its types are not those of the contract.
    #[error("does not match contract {CONTRACT}: {difference}")]
    Layout {
        /// The first difference, in one line.
        difference: String,
        /// The whole comparison, of many lines.
        comparison: String,
    },
    /// Its root module cannot be created.
    #[error("has no root module: {reason}: export it with export_plugin!")]
    Module {
        /// What happened instead.
        reason: String,
    },
}

/// Libraries of this process so far.
static LOADED: AtomicU64 = AtomicU64::new(0);

/// How many libraries were loaded. All of them stay in memory.
pub(crate) fn loaded() -> u64 {
    LOADED.load(Ordering::Relaxed)
}

/// Loads the copy of a file that passed every check. `copy` is absolute, and no other library was
/// ever loaded from it. The linker's messages name `path`, the file in the plugins folder, instead.
///
/// The library is never unloaded: its code and data may be in use until the process ends.
///
/// # Errors
/// The linker refuses it, or it does not match the contract.
pub(crate) fn load(copy: &Path, path: &Path) -> Result<PluginModuleRef, LibraryError> {
    let header = open(copy, path)?;
    let found = header.version_strings();
    if !is_of_this_contract(found.version.as_str()) {
        return Err(LibraryError::Contract {
            found: found.version.as_str().to_owned(),
        });
    }
    check_layout(header, path)?;
    #[expect(
        unsafe_code,
        reason = "abi_stable cannot know that the layout was checked"
    )]
    // SAFETY: the layout has just been found compatible with `PluginModuleRef`.
    let module = unsafe { header.init_root_module_with_unchecked_layout::<PluginModuleRef>() };
    module.map_err(|error| LibraryError::Module {
        reason: match error {
            AbiStableError::RootModule { err, .. } => one_line(&err.to_string()),
            other => one_line(&other.to_string()),
        },
    })
}

impl LibraryError {
    /// All differences to the contract, where there are some.
    pub(crate) fn comparison(&self) -> Option<&str> {
        match self {
            Self::Layout { comparison, .. } => Some(comparison),
            _ => None,
        }
    }
}

#[expect(unsafe_code, reason = "loading a library runs its code")]
fn open(copy: &Path, path: &Path) -> Result<&'static LibHeader, LibraryError> {
    let refused = |error: libloading::Error| LibraryError::Open {
        reason: linker_message(&error, copy, path),
    };
    // SAFETY: plugins are trusted code by contract: the operator put this file into the folder, and
    // the checks found it to be a complete plugin for this machine.
    let library = unsafe { Library::new(copy) }.map_err(refused)?;
    LOADED.fetch_add(1, Ordering::Relaxed);
    // The library is kept even if the next steps fail: code of its constructors could be running on
    // other threads.
    let library = ManuallyDrop::new(library);
    // SAFETY: the symbol of this name is an `AbiHeaderRef` in every library that abi_stable
    // exports, and its own first bytes say so, which `upgrade` checks.
    let header: AbiHeaderRef = unsafe {
        *library
            .get::<AbiHeaderRef>(ROOT_MODULE_LOADER_NAME_WITH_NUL)
            .map_err(refused)?
    };
    header.upgrade().map_err(|error| LibraryError::Header {
        reason: match error {
            AbiStableError::InvalidAbiHeader(found) => {
                format!("abi_stable {}.{}", found.abi_major, found.abi_minor)
            }
            other => one_line(&other.to_string()),
        },
    })
}

fn check_layout(header: &LibHeader, path: &Path) -> Result<(), LibraryError> {
    let plugin = header.layout().ok_or(LibraryError::NoLayout)?;
    layout::check(<PluginModuleRef as StableAbi>::LAYOUT, plugin).map_err(|errors| {
        let comparison = errors.to_string();
        tracing::debug!("{}: {comparison}", path.display());
        LibraryError::Layout {
            difference: layout::first_difference(&errors),
            comparison,
        }
    })
}

/// The linker's message names the copy; its reader knows the file.
fn linker_message(error: &libloading::Error, copy: &Path, path: &Path) -> String {
    let copy = copy.display().to_string();
    let mut message = one_line(&error_chain(error)).replace(&copy, &path.display().to_string());
    if message.contains(MAPPING_REFUSED) {
        message.push_str(": if its copy is on a file system that is mounted with noexec, choose another folder with --plugins-cache-path DIR");
    }
    message
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
