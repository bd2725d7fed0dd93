//! The plugins of the drop folder: found, checked, opened, and told when it ends.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use parking_lot::Mutex;
use plugin_api::{EndpointType, PluginError, abi::RawLifecycleBox};

use self::registry::Registry;
pub(crate) use self::{
    context::ServerContext,
    endpoint::{CallError, PluginEndpoint, PluginRequest},
    host_api::ReadSettings,
    token::TokenPlugin,
    view::RequestView,
};
pub use self::{error::PluginLoadError, inspect::InspectError};
use crate::config::Settings;

mod context;
mod endpoint;
mod error;
mod folder;
mod host_api;
mod inspect;
mod layout;
mod library;
mod registry;
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
        settings: &Arc<Settings>,
        read: &ReadSettings,
    ) -> Result<Self, PluginLoadError> {
        let mut plugins = Self::default();
        for file in folder::libraries(folder)? {
            plugins.add(file, settings, read)?;
        }
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

    /// Tells every plugin that the server shuts down, the last one loaded first. Only the first call does.
    pub(crate) fn shutdown(&self) {
        let loaded = std::mem::take(&mut *self.loaded.lock());
        for plugin in loaded.into_iter().rev() {
            plugin.lifecycle.shutdown();
        }
    }

    fn add(
        &mut self,
        file: PathBuf,
        settings: &Arc<Settings>,
        read: &ReadSettings,
    ) -> Result<(), PluginLoadError> {
        let bytes = read_file(&file)?;
        let manifest = inspect::inspect(&bytes).map_err(|source| PluginLoadError::File {
            path: file.clone(),
            source,
        })?;
        drop(bytes);
        if let Some(other) = self
            .loaded
            .get_mut()
            .iter()
            .find(|other| *other.name == manifest.name)
        {
            return Err(PluginLoadError::DuplicateName {
                name: manifest.name,
                first: other.file.clone(),
                second: file,
            });
        }
        let module = library::load(&file)?;
        let name: Arc<str> = Arc::from(module.name().as_str());
        let host = host_api::HostApi::boxed(
            Arc::clone(&name),
            Arc::clone(settings),
            Arc::clone(read),
            None,
        );
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
        tracing::debug!(
            "{}: {name} {}, contract {}, {}",
            file.display(),
            manifest.version,
            manifest.contract,
            manifest.compiler
        );
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

/// The bytes of a plugin. What is not a regular file is not opened: a pipe would hold the start.
fn read_file(path: &Path) -> Result<Vec<u8>, PluginLoadError> {
    let error = |source| PluginLoadError::Read {
        path: path.to_owned(),
        source,
    };
    let refused = |source| PluginLoadError::File {
        path: path.to_owned(),
        source,
    };
    if !fs::metadata(path).map_err(error)?.is_file() {
        return Err(refused(InspectError::NotRegular));
    }
    let file = File::open(path).map_err(error)?;
    let found = file.metadata().map_err(error)?.len();
    if found > inspect::FILE_BYTES_MAX {
        return Err(refused(InspectError::TooLarge { found }));
    }
    let mut bytes = Vec::new();
    file.take(inspect::FILE_BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(error)?;
    Ok(bytes)
}
