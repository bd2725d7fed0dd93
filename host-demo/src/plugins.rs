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
pub use self::{error::PluginLoadError, inspect::InspectError};

mod candidate;
mod context;
mod endpoint;
mod error;
mod folder;
mod generation;
mod host_api;
mod inspect;
mod layout;
mod library;
mod loaded;
mod loader;
mod open;
mod registry;
mod token;
mod view;
