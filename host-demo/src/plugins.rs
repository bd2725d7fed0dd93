//! The plugins of the drop folder: found, checked, opened, and told when it ends.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use parking_lot::Mutex;
use plugin_api::{EndpointType, PluginError, abi::RawLifecycleBox};

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
use self::{candidate::Candidate, gate::Gate, private_copies::PrivateCopies, registry::Registry};
pub(crate) use self::{
    context::ServerContext,
    endpoint::{CallError, PluginEndpoint, PluginRequest},
    host_api::ReadSettings,
    separation::check as check_separation,
    token::TokenPlugin,
    view::RequestView,
};
use crate::config::{PluginTrust, Settings};

mod allow_list;
mod candidate;
mod context;
mod digest;
mod endpoint;
mod error;
mod folder;
mod gate;
mod host_api;
mod inspect;
mod layout;
mod library;
mod private_copies;
mod registry;
mod regular_file;
mod separation;
mod signature;
mod strict_modes;
mod token;
mod view;

/// The plugins of a running server.
///
/// Dropping it tells every plugin that the server shuts down, once: so a start that fails after the
/// keys were written takes the key file with it.
#[derive(Default)]
pub(crate) struct Plugins {
    registry: Registry,
    token: Option<TokenPlugin>,
    loaded: Mutex<Vec<LoadedPlugin>>,
    copies: Option<PrivateCopies>,
}

struct LoadedPlugin {
    name: Arc<str>,
    file: PathBuf,
    lifecycle: RawLifecycleBox,
}

impl Plugins {
    /// Loads every shared library of a folder, in the order of their names.
    ///
    /// # Errors
    /// One plugin that cannot be loaded refuses all: a server whose token plugin is missing because it
    /// failed would be open.
    pub(crate) fn load(
        folder: &Path,
        trust: &PluginTrust,
        settings: &Arc<Settings>,
        read: &ReadSettings,
    ) -> Result<Self, PluginLoadError> {
        let gate = Gate::open(folder, trust)?;
        let copies = PrivateCopies::create(trust)?;
        let mut plugins = Self::default();
        for file in gate.libraries()? {
            plugins.add(gate.admit(file)?, &copies, settings, read)?;
        }
        plugins.copies = Some(copies);
        Ok(plugins)
    }

    /// The endpoint that answers on a listener for the first segment of a path.
    pub(crate) fn endpoint(
        &self,
        endpoint_type: EndpointType,
        segment: &str,
    ) -> Option<&Arc<PluginEndpoint>> {
        self.registry.find(endpoint_type, segment)
    }

    /// All endpoints in the order they were loaded.
    pub(crate) fn endpoints(&self) -> impl Iterator<Item = &Arc<PluginEndpoint>> {
        self.registry.iter()
    }

    /// Hands over the token plugin, which from then on decides.
    pub(crate) const fn take_token_plugin(&mut self) -> Option<TokenPlugin> {
        self.token.take()
    }

    /// Takes the token plugin out of service: its endpoint is not served either.
    pub(crate) fn disable_token_plugin(&mut self) {
        if self.token.take().is_some() {
            self.registry
                .remove(EndpointType::Management, registry::TOKEN_PATTERN);
        }
    }

    /// Tells every plugin that the server shuts down, the last one loaded first, and removes the copies
    /// of their files. Only the first call does.
    pub(crate) fn shutdown(&self) {
        let loaded = std::mem::take(&mut *self.loaded.lock());
        for plugin in loaded.into_iter().rev() {
            plugin.lifecycle.shutdown();
        }
        if let Some(copies) = &self.copies {
            copies.remove();
        }
    }

    fn add(
        &mut self,
        candidate: Candidate,
        copies: &PrivateCopies,
        settings: &Arc<Settings>,
        read: &ReadSettings,
    ) -> Result<(), PluginLoadError> {
        let manifest = &candidate.manifest;
        if let Some(other) = self
            .loaded
            .get_mut()
            .iter()
            .find(|other| *other.name == manifest.name)
        {
            return Err(PluginLoadError::DuplicateName {
                name: manifest.name.clone(),
                first: other.file.clone(),
                second: candidate.path,
            });
        }
        let copy = copies.write(&candidate)?;
        let module =
            library::load(&copy, &candidate.path).inspect_err(|_| PrivateCopies::discard(&copy))?;
        tracing::debug!("{candidate}");
        let Candidate {
            path: file,
            manifest,
            ..
        } = candidate;
        let name: Arc<str> = Arc::from(module.name().as_str());
        let host =
            host_api::HostApi::boxed(Arc::clone(&name), Arc::clone(settings), Arc::clone(read));
        let opened =
            module.open()(host)
                .into_result()
                .map_err(|error| PluginLoadError::Opening {
                    path: file.clone(),
                    name: name.to_string(),
                    message: PluginError::from(error).message().to_owned(),
                })?;
        // From here on the plugin is told of the end, whatever comes next.
        let lifecycle = opened.lifecycle;
        self.loaded.get_mut().push(LoadedPlugin {
            name: Arc::clone(&name),
            file: file.clone(),
            lifecycle,
        });
        let endpoints = opened
            .endpoints
            .into_iter()
            .map(|raw| PluginEndpoint::new(Arc::clone(&name), raw));
        let endpoints: Vec<_> = endpoints.map(Arc::new).collect();
        registry::check_manifest(&file, &manifest.endpoints, &endpoints)?;
        let authorizer = opened.token_authorizer.into_option();
        registry::check_token_plugin(&file, &endpoints, authorizer.is_some())?;
        for endpoint in endpoints {
            self.registry.add(&file, endpoint)?;
        }
        if let Some(raw) = authorizer {
            self.token = Some(TokenPlugin::new(name, file, raw));
        }
        Ok(())
    }
}

impl Drop for Plugins {
    fn drop(&mut self) {
        self.shutdown();
    }
}

impl std::fmt::Debug for Plugins {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let loaded = self.loaded.lock();
        formatter
            .debug_set()
            .entries(loaded.iter().map(|plugin| &*plugin.name))
            .finish()
    }
}
