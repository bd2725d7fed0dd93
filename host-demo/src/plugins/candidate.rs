//! A file of the plugins folder that was read and found good, before any of its code runs.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{
    PluginLoadError,
    inspect::{self, InspectError, ManifestEndpoint},
    loaded::Identity,
};

/// A complete plugin for this host.
#[derive(Debug)]
pub(super) struct Candidate {
    /// What its manifest and its bytes say.
    pub(super) identity: Identity,
    /// The endpoints that its manifest declares.
    pub(super) endpoints: Vec<ManifestEndpoint>,
}

impl Candidate {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(path: &Path) -> Result<Self, PluginLoadError> {
        let bytes = read_file(path)?;
        let manifest = inspect::inspect(&bytes).map_err(|source| PluginLoadError::File {
            path: path.to_owned(),
            source,
        })?;
        let identity = Identity {
            file: path.to_owned(),
            sha256: hexadecimal(&Sha256::digest(&bytes)),
            name: manifest.name,
            version: manifest.version,
            contract: manifest.contract,
            compiler: manifest.compiler,
        };
        Ok(Self {
            identity,
            endpoints: manifest.endpoints,
        })
    }

    /// The file to load, an absolute path.
    pub(super) const fn library(&self) -> &PathBuf {
        &self.identity.file
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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
