//! `/token?type=management|inference`: replaces one key.

use std::sync::Arc;

use plugin_api::{Context, Endpoint, EndpointType, Method, PluginError, Request, Response};
use token_core::ExpiringKind;

use crate::{KeyFileKeyring, document::render_response};

#[cfg(test)]
mod tests;

/// Replaces the management key or the inference key. The host requires the API key.
#[derive(Debug)]
pub(crate) struct TokenEndpoint {
    keyring: Arc<KeyFileKeyring>,
    returns_key: bool,
}

impl TokenEndpoint {
    pub(crate) const fn new(keyring: Arc<KeyFileKeyring>, returns_key: bool) -> Self {
        Self {
            keyring,
            returns_key,
        }
    }

    fn respond(&self, request: &Request<'_>) -> Result<Response, PluginError> {
        let Some(kind) = requested_kind(request) else {
            return Ok(bad_request());
        };
        let new = self.keyring.rotate(kind).map_err(|_| {
            PluginError::new(format!(
                "the {kind} key was not replaced; see the log of the server"
            ))
        })?;
        let key = self.returns_key.then_some(&new.key);
        Ok(not_stored(Response::json(render_response(
            kind.as_str(),
            &new.expiry.text(),
            key,
        ))))
    }
}

impl Endpoint for TokenEndpoint {
    const URL_PATTERN: &'static str = "token";
    const ENDPOINT_TYPE: EndpointType = EndpointType::MANAGEMENT;
    const DESCRIPTION: &'static str = "Replaces the management key or the inference key: type=management or type=inference. \
         Needs the API key.";
    const METHODS: &'static [Method] = &[Method::GET, Method::POST];

    fn do_get(&self, request: &Request<'_>, _: &Context<'_>) -> Result<Response, PluginError> {
        self.respond(request)
    }

    fn do_post(&self, request: &Request<'_>, _: &Context<'_>) -> Result<Response, PluginError> {
        self.respond(request)
    }
}

/// The one value of the parameter `type`, if there is exactly one and it names a key.
fn requested_kind(request: &Request<'_>) -> Option<ExpiringKind> {
    let mut values = request
        .query_parameters()
        .filter_map(|(name, value)| (name == "type").then_some(value));
    match (values.next(), values.next()) {
        (Some(value), None) => value.parse().ok(),
        _ => None,
    }
}

fn bad_request() -> Response {
    not_stored(Response::error(
        400,
        "BadRequestException",
        "Give the key to replace once: type=management or type=inference",
    ))
}

fn not_stored(response: Response) -> Response {
    response.with_header("cache-control", "no-store")
}
