//! The files of the folder as a set, before any of their code runs.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::candidate::Candidate;
use crate::plugins::running::{loaded::LoadedPlugin, registry::DuplicateEndpoint};

/// A file that passed every check.
pub(crate) enum CheckedFile {
    /// A plugin that is loaded already.
    Known(Arc<LoadedPlugin>),
    New(Box<Candidate>),
}

/// Why files cannot be loaded together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileSetError {
    /// Two of them claim one endpoint.
    #[error(transparent)]
    DuplicateEndpoint(#[from] DuplicateEndpoint),
    /// Two of them are the same plugin.
    #[error("plugin {name} is in two files: {} and {}: keep one of them", first.display(), second.display())]
    DuplicateName {
        /// The plugin's name.
        name: String,
        /// The file that comes first.
        first: PathBuf,
        /// The other file.
        second: PathBuf,
    },
}

/// Whether the files can serve together, according to their manifests.
///
/// # Errors
/// Two of them claim one endpoint, or are the same plugin.
pub(crate) fn check(files: &[CheckedFile]) -> Result<(), FileSetError> {
    let mut taken: Vec<(&str, &str, &Path)> = Vec::new();
    for (number, one) in files.iter().enumerate() {
        let file = one.file();
        for (endpoint_type, pattern) in one.endpoints() {
            let is_it = |other: &&(&str, &str, &Path)| {
                (other.0, other.1) == (endpoint_type, pattern) && other.2 != file
            };
            if let Some((_, _, first)) = taken.iter().find(is_it) {
                return Err(DuplicateEndpoint {
                    url_pattern: pattern.to_owned(),
                    first: first.to_path_buf(),
                    second: file.to_owned(),
                }
                .into());
            }
            taken.push((endpoint_type, pattern, file));
        }
        let mut before = files.iter().take(number);
        if let Some(twin) = before.find(|other| other.name() == one.name()) {
            return Err(FileSetError::DuplicateName {
                name: one.name().to_owned(),
                first: twin.file().to_owned(),
                second: file.to_owned(),
            });
        }
    }
    Ok(())
}

impl CheckedFile {
    fn file(&self) -> &Path {
        match self {
            Self::Known(plugin) => &plugin.identity.file,
            Self::New(candidate) => &candidate.path,
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Known(plugin) => &plugin.identity.name,
            Self::New(candidate) => &candidate.manifest.name,
        }
    }

    /// Type and url pattern of each endpoint.
    fn endpoints(&self) -> Vec<(&str, &str)> {
        match self {
            Self::Known(plugin) => plugin
                .endpoints
                .iter()
                .map(|one| (one.endpoint_type().as_str(), one.url_pattern()))
                .collect(),
            Self::New(candidate) => candidate
                .manifest
                .endpoints
                .iter()
                .map(|one| (one.r#type.as_str(), one.url_pattern.as_str()))
                .collect(),
        }
    }
}
