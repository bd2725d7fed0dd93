//! From a checked file to an open plugin.

use std::{sync::Arc, time::SystemTime};

use plugin_api::{
    PluginError,
    abi::{PluginModuleRef, RawPlugin, RawState},
};

use super::{
    PluginEndpoint, PluginLoadError, TokenPlugin,
    candidate::Candidate,
    host_api::{HostApi, ReadSettings},
    library,
    loaded::{LoadedPlugin, Owner},
    registry,
};
use crate::config::Settings;

/// A library whose code is in the process, and which is not open yet.
pub(super) struct Library {
    candidate: Candidate,
    module: PluginModuleRef,
}

impl Library {
    /// Loads a checked file: its constructors run, nothing else.
    pub(super) fn load(candidate: Candidate) -> Result<Self, PluginLoadError> {
        let module = library::load(&candidate)?;
        Ok(Self { candidate, module })
    }

    /// The plugin's name, as its manifest has it.
    pub(super) fn name(&self) -> &str {
        &self.candidate.identity.name
    }

    /// Opens the plugin, with the state of the predecessor of the same name.
    pub(super) fn open(
        self,
        settings: &Arc<Settings>,
        read: &ReadSettings,
        state: Option<RawState>,
        generation: u64,
    ) -> Result<LoadedPlugin, PluginLoadError> {
        let identity = self.candidate.identity;
        let name: Arc<str> = Arc::from(identity.name.as_str());
        let host = HostApi::boxed(
            Arc::clone(&name),
            Arc::clone(settings),
            Arc::clone(read),
            state,
        );
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
        // From here on the plugin is told of its end, whatever comes next.
        let owner = Arc::new(Owner::new(lifecycle));
        let endpoints: Vec<_> = endpoints
            .into_iter()
            .map(|raw| PluginEndpoint::new(Arc::clone(&name), Arc::clone(&owner), raw))
            .map(Arc::new)
            .collect();
        registry::check_manifest(&identity.file, &self.candidate.endpoints, &endpoints)?;
        let has_authorizer = token_authorizer.is_some();
        registry::check_token_plugin(&identity.file, &endpoints, has_authorizer)?;
        let token = token_authorizer.into_option().map(|raw| {
            let (file, owner) = (identity.file.clone(), Arc::clone(&owner));
            Arc::new(TokenPlugin::new(Arc::clone(&name), file, owner, raw))
        });
        let since = SystemTime::now();
        Ok(LoadedPlugin {
            identity,
            endpoints,
            token,
            generation,
            since,
            owner,
        })
    }
}
