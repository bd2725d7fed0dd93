//! Maps the first segment of a path to an endpoint.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use plugin_api::EndpointType;

use super::endpoint::PluginEndpoint;

/// The endpoints of all plugins, each with its file.
#[derive(Debug, Default)]
pub(crate) struct Registry(Vec<(PathBuf, Arc<PluginEndpoint>)>);

/// Two endpoints have one path; TorchServe's message, and the files.
#[derive(Debug, thiserror::Error)]
#[error("Multiple plugins found for endpoint \"{url_pattern}\": {} and {}", first.display(), second.display())]
pub struct DuplicateEndpoint {
    /// The first segment of the path.
    pub url_pattern: String,
    /// The file that was loaded first.
    pub first: PathBuf,
    /// The other file.
    pub second: PathBuf,
}

impl Registry {
    /// Adds an endpoint of a file.
    ///
    /// # Errors
    /// Its path has an endpoint already.
    pub(crate) fn add(
        &mut self,
        file: &Path,
        endpoint: &Arc<PluginEndpoint>,
    ) -> Result<(), DuplicateEndpoint> {
        let url_pattern = endpoint.url_pattern();
        if let Some((first, _)) = self.entry(endpoint.endpoint_type(), url_pattern) {
            return Err(DuplicateEndpoint {
                url_pattern: url_pattern.to_owned(),
                first: first.clone(),
                second: file.to_owned(),
            });
        }
        self.0.push((file.to_owned(), Arc::clone(endpoint)));
        Ok(())
    }

    /// The endpoint of a listener.
    pub(crate) fn find(
        &self,
        endpoint_type: EndpointType,
        segment: &str,
    ) -> Option<&Arc<PluginEndpoint>> {
        self.entry(endpoint_type, segment)
            .map(|(_, endpoint)| endpoint)
    }

    /// All of them, in the order in which they were added.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<PluginEndpoint>> {
        self.0.iter().map(|(_, endpoint)| endpoint)
    }

    /// Removes the endpoint of a listener.
    pub(crate) fn remove(&mut self, endpoint_type: EndpointType, segment: &str) {
        self.0.retain(|(_, one)| {
            one.endpoint_type() != endpoint_type || one.url_pattern() != segment
        });
    }

    fn entry(
        &self,
        endpoint_type: EndpointType,
        segment: &str,
    ) -> Option<&(PathBuf, Arc<PluginEndpoint>)> {
        self.0
            .iter()
            .find(|(_, one)| one.endpoint_type() == endpoint_type && one.url_pattern() == segment)
    }
}
