//! The files of the folder as a set, before any of their code runs.

use std::{path::Path, sync::Arc};

use super::{candidate::Candidate, error::PluginLoadError};
use crate::plugins::running::loaded::LoadedPlugin;

/// A file that passed every check.
pub(crate) enum Found {
    Known(Arc<LoadedPlugin>),
    New(Candidate),
}

/// Whether the files can serve together, by what their manifests say.
///
/// # Errors
/// Two of them claim one endpoint, or are the same plugin.
pub(crate) fn check_set(found: &[Found]) -> Result<(), PluginLoadError> {
    let mut taken: Vec<(&str, &str, &Path)> = Vec::new();
    for (number, one) in found.iter().enumerate() {
        let file = one.file();
        for (endpoint_type, pattern) in one.endpoints() {
            let is_it = |other: &&(&str, &str, &Path)| {
                (other.0, other.1) == (endpoint_type, pattern) && other.2 != file
            };
            if let Some((_, _, first)) = taken.iter().find(is_it) {
                return Err(PluginLoadError::DuplicateEndpoint {
                    url_pattern: pattern.to_owned(),
                    first: first.to_path_buf(),
                    second: file.to_owned(),
                });
            }
            taken.push((endpoint_type, pattern, file));
        }
        let before = found.iter().take(number);
        if let Some(twin) = before.into_iter().find(|other| other.name() == one.name()) {
            return Err(PluginLoadError::DuplicateName {
                name: one.name().to_owned(),
                first: twin.file().to_owned(),
                second: file.to_owned(),
            });
        }
    }
    Ok(())
}

impl Found {
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
