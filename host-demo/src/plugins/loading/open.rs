//! From a checked file to an open plugin.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use plugin_api::{
    PluginError,
    abi::{PluginModuleRef, RawHostBox, RawPlugin, RawState},
};

use super::{
    candidate::Candidate,
    error::PluginLoadError,
    inspect::ManifestEndpoint,
    library::{self, LibraryError},
    open_thread,
    private_copies::PrivateCopy,
    registration,
};
use crate::{
    config::Settings,
    plugins::{
        contract::CONTRACT,
        digest::Sha256,
        log_target::PLUGINS,
        running::{
            endpoint::PluginEndpoint,
            host_api::{HostApi, OfferedState},
            lifecycle::PluginLifecycle,
            loaded::{Identity, LoadedPlugin},
            plugin_settings::PluginSettings,
            token::TokenPlugin,
        },
    },
};

/// A library whose code is in the process, and whose plugin is not open yet.
pub(crate) struct Library {
    identity: Identity,
    declared: Vec<ManifestEndpoint>,
    module: PluginModuleRef,
}

impl Library {
    /// Loads the copy of a file that was checked. Only its constructors run.
    ///
    /// # Errors
    /// It cannot be loaded, or does not match the contract.
    pub(crate) fn load(candidate: Candidate, copy: PrivateCopy) -> Result<Self, PluginLoadError> {
        let module = library::load(copy.path(), &candidate.path).map_err(|reason| {
            PluginLoadError::Library {
                path: candidate.path.clone(),
                reason,
            }
        })?;
        copy.keep();
        tracing::debug!(target: PLUGINS, "{candidate}");
        let Candidate {
            path,
            sha256,
            manifest,
            ..
        } = candidate;
        let identity = Identity {
            file: path,
            sha256,
            name: manifest.name,
            version: manifest.version,
            contract: manifest.contract,
            compiler: manifest.compiler,
        };
        Ok(Self {
            identity,
            declared: manifest.endpoints,
            module,
        })
    }

    /// Loads a copy, without what the checks found in its file.
    ///
    /// # Errors
    /// It cannot be loaded, or does not match the contract.
    pub(crate) fn of_copy(copy: &Path, file: &Path) -> Result<Self, LibraryError> {
        let module = library::load(copy, file)?;
        Ok(Self {
            identity: Identity {
                file: file.to_owned(),
                sha256: Sha256::of(&[]),
                name: module.name().as_str().to_owned(),
                version: module.version().as_str().to_owned(),
                contract: CONTRACT.to_owned(),
                compiler: String::new(),
            },
            declared: Vec::new(),
            module,
        })
    }

    /// The plugin's name in its manifest.
    pub(crate) fn name(&self) -> &str {
        &self.identity.name
    }

    /// Opens the plugin, with the state of the predecessor of the same name.
    ///
    /// # Errors
    /// It cannot be opened, does not return within `time_limit`, or registers what cannot be served.
    pub(crate) fn open(
        self,
        settings: &Arc<Settings>,
        state: Option<RawState>,
        generation: u64,
        time_limit: Duration,
    ) -> Result<LoadedPlugin, PluginLoadError> {
        let had_state = state.is_some();
        let offered = OfferedState::new(state);
        let settings = Arc::new(PluginSettings::new(Arc::clone(settings)));
        let host = HostApi::boxed(
            Arc::from(self.name()),
            Arc::clone(&settings),
            offered.clone(),
        );
        let (declared, file) = (self.declared.clone(), self.identity.file.clone());
        let open = move || self.open_with(host, settings, had_state, generation);
        let opened = open_thread::run(time_limit, open);
        drop(offered.take());
        let plugin =
            opened.map_err(|reason| PluginLoadError::OpenThread { path: file, reason })??;
        let endpoints = &plugin.endpoints;
        registration::check_declared(&declared, endpoints)
            .and_then(|()| registration::check_token_plugin(endpoints, plugin.token.as_deref()))
            .and_then(|()| registration::check_endpoints(endpoints))
            .map_err(PluginLoadError::registration(&plugin.identity.file))?;
        Ok(plugin)
    }

    /// What it registers according to the manifest.
    pub(crate) fn declared(&self) -> &[ManifestEndpoint] {
        &self.declared
    }

    /// Opens the plugin, whatever it registers. `settings` are those that it finds with `host`;
    /// `had_state`: whether the host offers a state.
    pub(crate) fn open_with(
        self,
        host: RawHostBox,
        settings: Arc<PluginSettings>,
        had_state: bool,
        generation: u64,
    ) -> Result<LoadedPlugin, PluginLoadError> {
        let identity = self.identity;
        let name: Arc<str> = Arc::from(identity.name.as_str());
        let opened = self.module.open()(host).into_result();
        let RawPlugin {
            endpoints,
            token_authorizer,
            lifecycle,
        } = opened.map_err(|error| PluginLoadError::Opening {
            path: identity.file.clone(),
            name: name.to_string(),
            message: PluginError::from(error).message().to_owned(),
        })?;
        // From here on the plugin is shut down in every case.
        let lifecycle = Arc::new(PluginLifecycle::new(lifecycle, had_state));
        let endpoints: Vec<_> = endpoints
            .into_iter()
            .map(|raw| PluginEndpoint::new(Arc::clone(&name), Arc::clone(&lifecycle), raw))
            .map(Arc::new)
            .collect();
        let token = token_authorizer.into_option().map(|raw| {
            let (name, lifecycle) = (Arc::clone(&name), Arc::clone(&lifecycle));
            Arc::new(TokenPlugin::new(name, lifecycle, raw))
        });
        let since = SystemTime::now();
        Ok(LoadedPlugin {
            identity,
            endpoints,
            token,
            generation,
            since,
            settings,
            lifecycle,
        })
    }
}

#[cfg(test)]
mod tests;
