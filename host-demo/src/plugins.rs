//! The plugins of the drop folder: found, checked, opened, replaced, and told when it ends.

pub(crate) use self::{
    loading::{
        candidate::Candidate,
        error::CONTRACT,
        inspect::Manifest,
        loader::{Loader, Outcome, Successor},
        plugin_file::{OpenedPlugin, PluginFile},
    },
    running::{
        context::ServerContext,
        endpoint::{CallError, PluginEndpoint, PluginRequest, to_response},
        host_api::PLUGINS,
        loaded::LoadedPlugin,
        plugin_set::Plugins,
        token::TokenPlugin,
        view::RequestView,
    },
    trust::separation::check as check_separation,
};
pub use self::{
    loading::{error::PluginLoadError, inspect::InspectError, private_copies::CopiesError},
    trust::{
        allow_list::{AllowListError, NotAllowed},
        permissions::PermissionError,
        regular_file::FileError,
        separation::WritesIntoPlugins,
        signature::{PublicKeyError, SignatureError},
    },
};

mod loading;
mod running;
#[cfg(test)]
mod test_support;
mod trust;
