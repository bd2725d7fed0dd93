//! One plugin by itself, for its author: read, loaded and opened without a drop folder and its rules.

use std::path::Path;

use plugin_api::abi::RawHostBox;

use super::{
    candidate::Candidate,
    error::PluginLoadError,
    inspect::{self, ManifestEndpoint},
    open::Library,
    private_copies::PrivateCopies,
    registry::{self, Registry},
};
use crate::config::PluginTrust;
use crate::plugins::{
    running::loaded::LoadedPlugin,
    trust::{digest::Sha256, gate::PLUGIN_BYTES_MAX, permissions::Rules, regular_file},
};

/// A file that is a plugin for this host; none of its code has run.
#[derive(Debug)]
pub(crate) struct PluginFile {
    candidate: Candidate,
}

impl PluginFile {
    /// Reads a file wherever it is. Its author may leave it writable for others; the server does not
    /// load it then.
    ///
    /// # Errors
    /// It cannot be read, or is no plugin for this host.
    pub(crate) fn read(path: &Path) -> Result<Self, PluginLoadError> {
        let rules = Rules::new(&trust());
        let path = path.to_owned();
        let bytes = match regular_file::read_elsewhere(&path, PLUGIN_BYTES_MAX, &rules) {
            Ok(bytes) => bytes,
            Err(reason) => return Err(PluginLoadError::Refused { path, reason }),
        };
        match inspect::inspect(&bytes) {
            Ok(manifest) => Ok(Self {
                candidate: Candidate {
                    sha256: Sha256::of(&bytes),
                    path,
                    bytes,
                    manifest,
                },
            }),
            Err(reason) => Err(PluginLoadError::File { path, reason }),
        }
    }

    /// What the file is.
    pub(crate) const fn candidate(&self) -> &Candidate {
        &self.candidate
    }

    /// Loads a copy of it, made and removed in this folder: its constructors run.
    ///
    /// # Errors
    /// It cannot be copied or loaded, or does not match the contract.
    pub(crate) fn load(self, copies: &Path) -> Result<StandAloneLibrary, PluginLoadError> {
        let trust = PluginTrust {
            cache_path: Some(copies.to_owned()),
            ..trust()
        };
        let library = Library::load(self.candidate, &PrivateCopies::create(&trust)?)?;
        Ok(StandAloneLibrary(library))
    }

    /// Format and machine that it was built for.
    pub(crate) fn machine() -> String {
        inspect::native_machine()
    }
}

/// A library whose code is in the process, and which is not open yet.
pub(crate) struct StandAloneLibrary(Library);

impl StandAloneLibrary {
    /// Opens it, whatever it registers.
    ///
    /// # Errors
    /// Those of its opening function.
    pub(crate) fn open(self, host: RawHostBox) -> Result<OpenedPlugin, PluginLoadError> {
        let declared = self.0.declared().to_vec();
        Ok(OpenedPlugin {
            declared,
            loaded: self.0.open_with(host, false, 1)?,
        })
    }
}

impl std::fmt::Debug for StandAloneLibrary {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("StandAloneLibrary")
            .field(&self.0.name())
            .finish()
    }
}

/// An open plugin. What a server would refuse of it is asked here one by one.
#[derive(Debug)]
pub(crate) struct OpenedPlugin {
    declared: Vec<ManifestEndpoint>,
    /// The plugin itself.
    pub(crate) loaded: LoadedPlugin,
}

impl OpenedPlugin {
    /// Whether it registers what its manifest says.
    pub(crate) fn check_manifest(&self) -> Result<(), PluginLoadError> {
        let LoadedPlugin {
            identity,
            endpoints,
            ..
        } = &self.loaded;
        registry::check_manifest(&identity.file, &self.declared, endpoints)
    }

    /// Whether each of its endpoints can be served, beside the others.
    pub(crate) fn check_endpoints(&self) -> Result<(), PluginLoadError> {
        let mut registry = Registry::default();
        let mut endpoints = self.loaded.endpoints.iter();
        endpoints.try_for_each(|endpoint| registry.add(&self.loaded.identity.file, endpoint))
    }

    /// Whether it is a whole token plugin or none.
    pub(crate) fn check_token_plugin(&self) -> Result<(), PluginLoadError> {
        let LoadedPlugin {
            identity,
            endpoints,
            token,
            ..
        } = &self.loaded;
        registry::check_token_plugin(&identity.file, endpoints, token.is_some())
    }
}

fn trust() -> PluginTrust {
    PluginTrust {
        insecure_permissions: true,
        ..PluginTrust::default()
    }
}
