//! `GET /model-ready`: whether every registered model can make predictions.
//!
//! | models | response |
//! | --- | --- |
//! | each version of each has a running worker | 200, `Model/s ready` |
//! | one of them has none, or there are no models | 503, `Model/s not ready` |
//!
//! Source: TorchServe `org.pytorch.serve.plugins.endpoint.ModelReady`, which looks at default versions only.

use plugin_api::{
    Context, Endpoint, EndpointType, Host, Method, Model, Plugin, PluginError, Request, Response,
};

plugin_api::export_plugin! { open: open, endpoints: [ModelReady] }

const READY: &str = "{\n\t\"Status\": \"Model/s ready\"\n}\n";
const NOT_READY: &str = "{\n\t\"Status\": \"Model/s not ready\"\n}\n";

fn open(_: &Host) -> Result<Plugin, PluginError> {
    Ok(Plugin::new().endpoint(ModelReady))
}

struct ModelReady;

impl Endpoint for ModelReady {
    const URL_PATTERN: &'static str = "model-ready";
    const ENDPOINT_TYPE: EndpointType = EndpointType::INFERENCE;
    const DESCRIPTION: &'static str =
        "Reports whether every registered model can make predictions.";
    const METHODS: &'static [Method] = &[Method::GET];

    fn do_get(&self, _: &Request<'_>, context: &Context<'_>) -> Result<Response, PluginError> {
        let models = context.models();
        if !models.is_empty() && models.iter().all(Model::is_running) {
            Ok(Response::json(READY))
        } else {
            Ok(Response::json(NOT_READY).with_status(503))
        }
    }
}

#[cfg(test)]
mod tests;
