//! Checks what an open plugin registered.

use std::sync::Arc;

use plugin_api::EndpointType;

use super::inspect::ManifestEndpoint;
use crate::plugins::running::{endpoint::PluginEndpoint, token::TokenPlugin};

/// The longest url pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 128;

/// Why the registration of a plugin is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistrationError {
    /// The manifest and the registered endpoints differ.
    #[error(
        "registers the endpoints [{registered}], its manifest says [{declared}]: list in \
         export_plugin! what the plugin registers"
    )]
    NotAsDeclared {
        /// The url patterns of its endpoints.
        registered: String,
        /// Those of its manifest.
        declared: String,
    },
    /// An endpoint that replaces keys without an authorizer that checks them.
    #[error(
        "endpoint \"token\" of type MANAGEMENT has no token authorizer: register one with \
         generate_key_file, check_token_authorization and set_time"
    )]
    NoAuthorizer,
    /// A token authorizer without the endpoint that replaces its keys.
    #[error(
        "a token authorizer has no endpoint: register an endpoint \"token\" of type \
         MANAGEMENT, or let makes_keys return false"
    )]
    NoTokenEndpoint,
    /// An endpoint without a path.
    #[error("an endpoint has an empty url pattern: expected the first segment of a path")]
    EmptyPattern,
    /// An endpoint with a path that no request can have.
    #[error(
        "endpoint {0:?}: expected one path segment of letters, digits and -._~, at most \
         {PATTERN_BYTES_MAX} bytes, not starting with a dot"
    )]
    Pattern(String),
    /// An endpoint without a listener.
    #[error(
        "endpoint \"{0}\" is of type NONE and would not be served: expected INFERENCE, \
         MANAGEMENT or METRIC"
    )]
    NoListener(String),
}

/// A plugin must register what its manifest declares, because the manifest is checked before its
/// code runs.
///
/// # Errors
/// It registers other endpoints.
pub(crate) fn check_declared(
    declared: &[ManifestEndpoint],
    endpoints: &[Arc<PluginEndpoint>],
) -> Result<(), RegistrationError> {
    let registered = endpoints.iter().map(|endpoint| ManifestEndpoint {
        url_pattern: endpoint.url_pattern().to_owned(),
        r#type: endpoint.endpoint_type().as_str().to_owned(),
        methods: endpoint
            .methods()
            .iter()
            .map(|method| method.as_str().to_owned())
            .collect(),
    });
    let (mut registered, mut declared): (Vec<_>, _) = (registered.collect(), declared.to_vec());
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
    Err(RegistrationError::NotAsDeclared {
        registered: names(&registered),
        declared: names(&declared),
    })
}

/// The parts of a token plugin that TorchServe's documentation requires.
///
/// # Errors
/// One of its two parts is missing.
pub(crate) fn check_token_plugin(
    endpoints: &[Arc<PluginEndpoint>],
    authorizer: Option<&TokenPlugin>,
) -> Result<(), RegistrationError> {
    let has_endpoint = endpoints.iter().any(|endpoint| endpoint.is_token());
    match (has_endpoint, authorizer) {
        (true, None) => Err(RegistrationError::NoAuthorizer),
        (false, Some(authorizer)) if authorizer.makes_keys() => {
            Err(RegistrationError::NoTokenEndpoint)
        }
        _ => Ok(()),
    }
}

/// Whether each endpoint can be reached by a request.
///
/// # Errors
/// The first that cannot.
pub(crate) fn check_endpoints(endpoints: &[Arc<PluginEndpoint>]) -> Result<(), RegistrationError> {
    endpoints
        .iter()
        .try_for_each(|endpoint| check_endpoint(endpoint))
}

fn check_endpoint(endpoint: &PluginEndpoint) -> Result<(), RegistrationError> {
    let pattern = endpoint.url_pattern();
    if pattern.is_empty() {
        return Err(RegistrationError::EmptyPattern);
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if pattern.len() > PATTERN_BYTES_MAX || !pattern.bytes().all(plain) || pattern.starts_with('.')
    {
        return Err(RegistrationError::Pattern(pattern.to_owned()));
    }
    if endpoint.endpoint_type() == EndpointType::NONE {
        return Err(RegistrationError::NoListener(pattern.to_owned()));
    }
    Ok(())
}
