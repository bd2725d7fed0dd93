//! Which endpoint answers for which first segment of a path.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use plugin_api::EndpointType;

use super::{error::PluginLoadError, inspect::ManifestEndpoint};
use crate::plugins::running::{endpoint::PluginEndpoint, host_api::PLUGINS};
use crate::request::operations;

/// The url pattern of a token plugin, fixed by TorchServe's documentation.
pub(crate) const TOKEN_PATTERN: &str = "token";

/// The longest url pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 128;

/// The endpoints of all plugins.
#[derive(Debug, Default)]
pub(crate) struct Registry(Vec<(PathBuf, Arc<PluginEndpoint>)>);

impl Registry {
    /// Adds an endpoint of a file.
    pub(crate) fn add(
        &mut self,
        file: &Path,
        endpoint: &Arc<PluginEndpoint>,
    ) -> Result<(), PluginLoadError> {
        let (endpoint_type, pattern) = (endpoint.endpoint_type(), endpoint.url_pattern());
        if let Some(reason) = refusal(endpoint) {
            return Err(PluginLoadError::Endpoint {
                path: file.to_owned(),
                reason,
            });
        }
        if let Some((first, _)) = self.entry(endpoint_type, pattern) {
            return Err(PluginLoadError::DuplicateEndpoint {
                url_pattern: pattern.to_owned(),
                first: first.clone(),
                second: file.to_owned(),
            });
        }
        if operations::is_built_in(endpoint_type, pattern) {
            tracing::warn!(
                target: PLUGINS,
                "{} of {} takes the place of the built-in /{pattern}",
                endpoint.plugin(),
                file.display()
            );
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

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<PluginEndpoint>> {
        self.0.iter().map(|(_, endpoint)| endpoint)
    }

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

/// A plugin has to register what its manifest says, so that what was read of the file is what is served.
pub(crate) fn check_manifest(
    file: &Path,
    manifest: &[ManifestEndpoint],
    endpoints: &[Arc<PluginEndpoint>],
) -> Result<(), PluginLoadError> {
    let registered = endpoints.iter().map(|endpoint| ManifestEndpoint {
        url_pattern: endpoint.url_pattern().to_owned(),
        r#type: endpoint.endpoint_type().as_str().to_owned(),
        methods: endpoint
            .methods()
            .iter()
            .map(|method| method.as_str().to_owned())
            .collect(),
    });
    let (mut registered, mut declared): (Vec<_>, _) = (registered.collect(), manifest.to_vec());
    registered.sort();
    declared.sort();
    if registered == declared {
        return Ok(());
    }
    let names = |all: &[ManifestEndpoint]| {
        all.iter()
            .map(|one| one.url_pattern.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    Err(PluginLoadError::Endpoint {
        path: file.to_owned(),
        reason: format!(
            "registers the endpoints [{}], its manifest says [{}]: list in export_plugin! what the \
             plugin registers",
            names(&registered),
            names(&declared)
        ),
    })
}

/// What TorchServe's documentation demands of a token plugin, checked at load.
pub(crate) fn check_token_plugin(
    file: &Path,
    endpoints: &[Arc<PluginEndpoint>],
    has_authorizer: bool,
) -> Result<(), PluginLoadError> {
    let has_endpoint = endpoints.iter().any(|endpoint| is_token_endpoint(endpoint));
    let reason = match (has_endpoint, has_authorizer) {
        (true, false) => {
            "endpoint \"token\" of type MANAGEMENT comes without a token authorizer: register one \
             with generate_key_file, check_token_authorization and set_time"
        }
        (false, true) => {
            "a token authorizer comes without its endpoint: register an endpoint \"token\" of type \
             MANAGEMENT"
        }
        _ => return Ok(()),
    };
    Err(PluginLoadError::Endpoint {
        path: file.to_owned(),
        reason: reason.to_owned(),
    })
}

fn is_token_endpoint(endpoint: &PluginEndpoint) -> bool {
    endpoint.endpoint_type() == EndpointType::MANAGEMENT && endpoint.url_pattern() == TOKEN_PATTERN
}

/// Why an endpoint cannot be served.
fn refusal(endpoint: &PluginEndpoint) -> Option<String> {
    let pattern = endpoint.url_pattern();
    if pattern.is_empty() {
        return Some(
            "an endpoint has an empty url pattern: expected the first segment of a path".to_owned(),
        );
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if pattern.len() > PATTERN_BYTES_MAX || !pattern.bytes().all(plain) || pattern.starts_with('.')
    {
        return Some(format!(
            "endpoint {pattern:?}: expected one path segment of letters, digits and -._~, at most \
             {PATTERN_BYTES_MAX} bytes, not starting with a dot"
        ));
    }
    if endpoint.endpoint_type() == EndpointType::NONE {
        return Some(format!(
            "endpoint \"{pattern}\" is of type NONE and would be served nowhere: expected INFERENCE, \
             MANAGEMENT or METRIC"
        ));
    }
    None
}
