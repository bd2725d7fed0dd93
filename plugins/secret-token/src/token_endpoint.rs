use plugin_api::{Context, Endpoint, EndpointType, Method, PluginError, Request, Response};

const CONFLICT: &str = r#"{
  "code": 409,
  "type": "ConflictStatusException",
  "message": "The keys come from the folder of the setting secret_token_path and are not generated: replace its files."
}
"#;

/// The endpoint `token`, which every token plugin has: here it says where the keys come from.
pub(crate) struct TokenEndpoint;

impl Endpoint for TokenEndpoint {
    const URL_PATTERN: &'static str = "token";
    const ENDPOINT_TYPE: EndpointType = EndpointType::MANAGEMENT;
    const DESCRIPTION: &'static str =
        "Says where the keys come from; they cannot be replaced here.";
    const METHODS: &'static [Method] = &[Method::GET, Method::POST];

    fn do_get(&self, _: &Request<'_>, _: &Context<'_>) -> Result<Response, PluginError> {
        Ok(conflict())
    }

    fn do_post(&self, _: &Request<'_>, _: &Context<'_>) -> Result<Response, PluginError> {
        Ok(conflict())
    }
}

fn conflict() -> Response {
    Response::json(CONFLICT)
        .with_status(409)
        .with_header("cache-control", "no-store")
}
