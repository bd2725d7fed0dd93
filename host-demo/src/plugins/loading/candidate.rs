//! A file that passed every check, none of whose code has run.

use std::path::PathBuf;

use super::inspect::{InspectError, Manifest, inspect};
use crate::plugins::{digest::Sha256, trust::gate::TrustedFile};

#[cfg(test)]
mod tests;

/// A trusted file that is a plugin for this host.
pub(crate) struct Candidate {
    /// The file in the plugins folder, for messages.
    pub(crate) path: PathBuf,
    /// The bytes that were checked; the copy that is loaded is made of them, not of the file.
    pub(crate) bytes: Vec<u8>,
    /// The digest of the bytes.
    pub(crate) sha256: Sha256,
    /// The manifest of the file.
    pub(crate) manifest: Manifest,
}

impl Candidate {
    /// Inspects a file.
    ///
    /// # Errors
    /// It is not a plugin for this host.
    pub(crate) fn inspect(file: TrustedFile) -> Result<Self, InspectError> {
        let TrustedFile {
            path,
            bytes,
            sha256,
        } = file;
        Ok(Self {
            manifest: inspect(&bytes)?,
            path,
            bytes,
            sha256,
        })
    }
}

/// The description of a loaded file for the operator's log.
impl std::fmt::Display for Candidate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Manifest {
            name,
            version,
            contract,
            compiler,
            ..
        } = &self.manifest;
        write!(
            formatter,
            "{}: {name} {version}, contract {contract}, {compiler}, {} bytes, sha256 {}",
            self.path.display(),
            self.bytes.len(),
            self.sha256
        )
    }
}

impl std::fmt::Debug for Candidate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Candidate")
            .field("path", &self.path)
            .field("sha256", &self.sha256)
            .field("manifest", &self.manifest)
            .finish_non_exhaustive()
    }
}
