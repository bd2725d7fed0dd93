//! `GET /ping` as SageMaker requires it, which replaces the host's own.
//!
//! | models | response |
//! | --- | --- |
//! | at least one has a running worker | 200, `{"Status": "Healthy"}` in TorchServe's spelling |
//! | some, none with a running worker | 503, `Models are not loaded` |
//! | none | 200: the server waits for models to be registered |
//!
//! The response is the current state. TorchServe's sample stays healthy forever after its first healthy response, and
//! is unhealthy without models unless the environment sets `SAGEMAKER_MULTI_MODE`.
//!
//! Source: TorchServe `org.pytorch.serve.plugins.endpoint.Ping`.

use plugin_api::{
    Context, Endpoint, EndpointType, Host, Method, Model, Plugin, PluginError, Request, Response,
};

plugin_api::export_plugin! { open: open, endpoints: [Ping] }

const HEALTHY: &str = "{\n\t\"Status\": \"Healthy\"\n}\n";
const LOADING: &str = "Models are not loaded";

fn open(_: &Host) -> Result<Plugin, PluginError> {
    Ok(Plugin::new().endpoint(Ping))
}

struct Ping;

impl Endpoint for Ping {
    const URL_PATTERN: &'static str = "ping";
    const ENDPOINT_TYPE: EndpointType = EndpointType::INFERENCE;
    const DESCRIPTION: &'static str = "Reports whether the server can make predictions.";
    const METHODS: &'static [Method] = &[Method::GET];

    fn do_get(&self, _: &Request<'_>, context: &Context<'_>) -> Result<Response, PluginError> {
        let models = context.models();
        if models.is_empty() || models.iter().any(Model::is_running) {
            Ok(Response::json(HEALTHY))
        } else {
            Ok(Response::text(LOADING).with_status(503))
        }
    }
}

#[cfg(test)]
mod tests;
