//! The plugins of the drop folder: found, checked, opened, replaced, and told when it ends.

pub use self::{
    allow_list::{AllowListError, NotAllowed},
    error::PluginLoadError,
    inspect::InspectError,
    private_copies::CopiesError,
    regular_file::FileError,
    separation::WritesIntoPlugins,
    signature::{PublicKeyError, SignatureError},
    strict_modes::PermissionError,
};
pub(crate) use self::{
    candidate::Candidate,
    context::ServerContext,
    endpoint::{CallError, PluginEndpoint, PluginRequest, to_response},
    error::CONTRACT,
    generation::Plugins,
    host_api::PLUGINS,
    inspect::Manifest,
    loaded::LoadedPlugin,
    loader::{Loader, Outcome, Successor},
    separation::check as check_separation,
    stand_alone::{StandAlone, StandAlonePlugin},
    token::TokenPlugin,
    view::RequestView,
};

mod allow_list;
mod candidate;
mod context;
mod digest;
mod endpoint;
mod error;
mod folder;
mod found;
mod gate;
mod generation;
mod host_api;
mod inspect;
mod layout;
mod library;
mod loaded;
mod loader;
mod open;
mod private_copies;
mod registry;
mod regular_file;
mod separation;
mod signature;
mod stand_alone;
mod strict_modes;
#[cfg(test)]
mod test_support;
mod token;
mod view;
