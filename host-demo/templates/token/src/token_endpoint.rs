use std::sync::Arc;

use plugin_api::{
    Context, Endpoint, EndpointType, Method, PluginError, Request, Response, TokenType,
};

use crate::keyring::Keyring;

/// `/token?type=management` and `?type=inference`: replaces the key. The server requires the API key.
pub(crate) struct TokenEndpoint {
    keyring: Arc<Keyring>,
}

impl TokenEndpoint {
    pub(crate) const fn new(keyring: Arc<Keyring>) -> Self {
        Self { keyring }
    }

    fn replace(&self, request: &Request<'_>) -> Result<Response, PluginError> {
        let mut types = request
            .query_parameters()
            .filter_map(|(name, value)| (name == "type").then_some(value));
        let (Some(name), None) = (types.next(), types.next()) else {
            return Ok(bad_request());
        };
        let which = match name.as_ref() {
            "management" => TokenType::MANAGEMENT,
            "inference" => TokenType::INFERENCE,
            _ => return Ok(bad_request()),
        };
        self.keyring.replace(which).map_err(|_| {
            PluginError::new("the key was not replaced: its file cannot be written")
        })?;
        let text = format!("{{\n  \"type\": \"{which}\"\n}}\n");
        Ok(Response::json(text).with_header("cache-control", "no-store"))
    }
}

impl Endpoint for TokenEndpoint {
    const URL_PATTERN: &'static str = "token";
    const ENDPOINT_TYPE: EndpointType = EndpointType::MANAGEMENT;
    const DESCRIPTION: &'static str =
        "Replaces the management key or the inference key: type=management or type=inference.";
    const METHODS: &'static [Method] = &[Method::GET, Method::POST];

    fn do_get(&self, request: &Request<'_>, _: &Context<'_>) -> Result<Response, PluginError> {
        self.replace(request)
    }

    fn do_post(&self, request: &Request<'_>, _: &Context<'_>) -> Result<Response, PluginError> {
        self.replace(request)
    }
}

fn bad_request() -> Response {
    let message = "Give the key to replace once: type=management or type=inference";
    Response::error(400, "BadRequestException", message).with_header("cache-control", "no-store")
}
