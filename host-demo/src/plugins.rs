//! The plugins of the drop folder: found, checked, opened, replaced, and told when it ends.

pub(crate) use self::{
    context::ServerContext,
    endpoint::{CallError, PluginEndpoint, PluginRequest},
    generation::Plugins,
    host_api::PLUGINS,
    loaded::LoadedPlugin,
    loader::{Loader, Outcome, Successor},
    token::TokenPlugin,
    view::RequestView,
};
pub use self::{
    error::PluginLoadError, inspect::InspectError, private_copies::CopiesError,
    regular_file::FileError, strict_modes::PermissionError,
};

mod candidate;
mod context;
mod digest;
mod endpoint;
mod error;
mod folder;
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
mod strict_modes;
mod token;
mod view;
