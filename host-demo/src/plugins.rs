//! The plugins of the plugins folder: trusted, loaded, running.
//!
//! `loading` depends on `trust` and `running`; these two depend on neither of the others.

pub(crate) use self::{
    contract::CONTRACT,
    loading::{
        candidate::Candidate,
        inspect::Manifest,
        loaded_set::LoadedSet,
        loader::{IsBuiltIn, Loader},
        opened_set::{OpenedSet, PluginChange, ReplacedPlugin},
        plugin_file::{OpenedPlugin, PluginFile},
        probe::child::run as run_probe,
        seal::{SealError, seal},
    },
    log_target::PLUGINS,
    running::{
        context::{ListedModel, ListedWorker, ModelListing, ServerContext},
        endpoint::{CallError, PluginEndpoint, PluginRequest, to_response},
        exposition::registry as metrics_registry,
        loaded::LoadedPlugin,
        plugin_set::Plugins,
        token::TokenPlugin,
        view::RequestView,
    },
    trust::separation::check as check_separation,
};
pub use self::{
    loading::{
        error::PluginLoadError,
        file_set::FileSetError,
        inspect::InspectError,
        library::LibraryError,
        open_thread::OpenThreadError,
        private_copies::{CopiesError, CopiesFolderError, CopyError},
        probe::FileProbeError,
        registration::RegistrationError,
    },
    running::{registry::DuplicateEndpoint, token::TokenPluginError},
    trust::{
        allow_list::{AllowListError, NotAllowed},
        folder::FolderError,
        gate::{GateError, NotTrusted},
        permissions::PermissionError,
        regular_file::FileError,
        separation::WritesIntoPlugins,
        signature::{PublicKeyError, SignatureError},
    },
};

mod contract;
mod digest;
#[cfg(fuzzing)]
pub mod fuzzing;
mod loading;
mod log_target;
mod running;
#[cfg(test)]
pub(crate) mod test_support;
mod trust;
