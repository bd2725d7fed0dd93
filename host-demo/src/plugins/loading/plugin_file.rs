//! A single plugin, for its author: read, loaded and opened without a plugins folder and its rules.

use std::{path::Path, sync::Arc};

use plugin_api::abi::RawHostBox;

use super::{
    candidate::Candidate,
    error::PluginLoadError,
    inspect::{self, ManifestEndpoint},
    open::Library,
    private_copies::PrivateCopies,
    registration,
};
use crate::{
    config::PluginTrust,
    plugins::{
        running::{loaded::LoadedPlugin, plugin_settings::PluginSettings, registry::Registry},
        trust::gate::TrustedFile,
    },
};

/// A file that is a plugin for this host; none of its code has run.
#[derive(Debug)]
pub(crate) struct PluginFile {
    candidate: Candidate,
}

impl PluginFile {
    /// Reads a file in any folder. It may be writable for other users, which the server would
    /// refuse.
    ///
    /// # Errors
    /// It cannot be read, or is not a plugin for this host.
    pub(crate) fn read(path: &Path) -> Result<Self, PluginLoadError> {
        let file = TrustedFile::of_its_author(path);
        let file = file.map_err(|reason| PluginLoadError::NotTrusted {
            path: path.to_owned(),
            reason: reason.into(),
        })?;
        let candidate = Candidate::inspect(file);
        let candidate = candidate.map_err(|reason| PluginLoadError::File {
            path: path.to_owned(),
            reason,
        })?;
        Ok(Self { candidate })
    }

    /// The description of the file.
    pub(crate) const fn candidate(&self) -> &Candidate {
        &self.candidate
    }

    /// Loads a copy, created and removed in this folder. Only its constructors run.
    ///
    /// # Errors
    /// It cannot be copied or loaded, or does not match the contract.
    pub(crate) fn load(self, copies: &Path) -> Result<LoadedPluginFile, PluginLoadError> {
        let trust = PluginTrust {
            insecure_permissions: true,
            cache_path: Some(copies.to_owned()),
            ..PluginTrust::default()
        };
        let copies = PrivateCopies::create(&trust)?;
        let copy = copies.write(&self.candidate);
        let copy = copy.map_err(|reason| PluginLoadError::Copy {
            path: self.candidate.path.clone(),
            reason,
        })?;
        Ok(LoadedPluginFile(Library::load(self.candidate, copy)?))
    }

    /// Format and machine for which it was built.
    pub(crate) fn machine() -> String {
        inspect::native_machine()
    }
}

/// A library whose code is in the process, and whose plugin is not open yet.
pub(crate) struct LoadedPluginFile(Library);

impl LoadedPluginFile {
    /// Opens it, whatever it registers. `had_state`: whether the host offers a state.
    ///
    /// # Errors
    /// Those of its opening function.
    pub(crate) fn open(
        self,
        host: RawHostBox,
        had_state: bool,
    ) -> Result<OpenedPlugin, PluginLoadError> {
        let declared = self.0.declared().to_vec();
        let settings = Arc::new(PluginSettings::new(Arc::default()));
        Ok(OpenedPlugin {
            declared,
            loaded: self.0.open_with(host, settings, had_state, 1)?,
        })
    }
}

impl std::fmt::Debug for LoadedPluginFile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("LoadedPluginFile")
            .field(&self.0.name())
            .finish()
    }
}

/// An open plugin. Each check of the server is a separate method.
#[derive(Debug)]
pub(crate) struct OpenedPlugin {
    declared: Vec<ManifestEndpoint>,
    /// The plugin.
    pub(crate) loaded: LoadedPlugin,
}

impl OpenedPlugin {
    /// Whether it registers what its manifest says.
    pub(crate) fn check_manifest(&self) -> Result<(), PluginLoadError> {
        registration::check_declared(&self.declared, &self.loaded.endpoints)
            .map_err(PluginLoadError::registration(self.file()))
    }

    /// Whether each of its endpoints can be served together with the others.
    pub(crate) fn check_endpoints(&self) -> Result<(), PluginLoadError> {
        let endpoints = &self.loaded.endpoints;
        registration::check_endpoints(endpoints)
            .map_err(PluginLoadError::registration(self.file()))?;
        let mut registry = Registry::default();
        for endpoint in endpoints {
            registry.add(self.file(), endpoint)?;
        }
        Ok(())
    }

    /// Whether it is a complete token plugin or none.
    pub(crate) fn check_token_plugin(&self) -> Result<(), PluginLoadError> {
        registration::check_token_plugin(&self.loaded.endpoints, self.loaded.token.as_deref())
            .map_err(PluginLoadError::registration(self.file()))
    }

    fn file(&self) -> &Path {
        &self.loaded.identity.file
    }
}
