//! `GET /execution-parameters`: what SageMaker's batch transform may send to this server.
//!
//! | member | value |
//! | --- | --- |
//! | `MaxConcurrentTransforms` | the setting `NUM_WORKERS`, 1 by default |
//! | `BatchStrategy` | `MULTI_RECORD` |
//! | `MaxPayloadInMB` | the setting `max_request_size` (bytes) in whole MiB, at least 1 |
//!
//! SageMaker takes a `MaxPayloadInMB` of 0 as a payload of any size, so 0 is never sent: where the limit is below 1 MiB,
//! the host responds with 413 to larger requests.
//!
//! Source: TorchServe `org.pytorch.serve.plugins.endpoint.ExecutionParameters`.

use plugin_api::{
    Context, Endpoint, EndpointType, Host, Method, Plugin, PluginError, Request, Response,
};

plugin_api::export_plugin! { open: open, endpoints: [ExecutionParameters] }

const WORKERS_KEY: &str = "NUM_WORKERS";
const WORKERS_DEFAULT: u32 = 1;
const REQUEST_BYTES_KEY: &str = "max_request_size";
/// The host's own default.
const REQUEST_BYTES_DEFAULT: u64 = 6_553_500;
const BYTES_PER_MIB: u64 = 1 << 20;

/// Settings are read here and not in each request: a wrong one aborts startup, and one that is read
/// counts as known.
fn open(host: &Host) -> Result<Plugin, PluginError> {
    let workers = match host.setting(WORKERS_KEY) {
        None => WORKERS_DEFAULT,
        Some(setting) => parse_workers(setting.value())
            .ok_or_else(|| setting.invalid("expected a whole number from 1"))?,
    };
    let request_bytes_max = match host.setting(REQUEST_BYTES_KEY) {
        None => REQUEST_BYTES_DEFAULT,
        Some(setting) => setting
            .value()
            .parse()
            .map_err(|_| setting.invalid("expected a number of bytes"))?,
    };
    let body = render(workers, request_bytes_max);
    Ok(Plugin::new().endpoint(ExecutionParameters { body }))
}

struct ExecutionParameters {
    body: String,
}

impl Endpoint for ExecutionParameters {
    const URL_PATTERN: &'static str = "execution-parameters";
    const ENDPOINT_TYPE: EndpointType = EndpointType::INFERENCE;
    const DESCRIPTION: &'static str = "Describes what a SageMaker batch transform may send.";
    const METHODS: &'static [Method] = &[Method::GET];

    fn do_get(&self, _: &Request<'_>, _: &Context<'_>) -> Result<Response, PluginError> {
        Ok(Response::json(self.body.clone()))
    }
}

fn parse_workers(text: &str) -> Option<u32> {
    text.parse().ok().filter(|&workers| workers > 0)
}

/// The response, in the form of TorchServe's.
fn render(workers: u32, request_bytes_max: u64) -> String {
    let payload_mib_max = (request_bytes_max / BYTES_PER_MIB).max(1);
    format!(
        "{{\n  \"MaxConcurrentTransforms\": {workers},\n  \"BatchStrategy\": \"MULTI_RECORD\",\n  \
         \"MaxPayloadInMB\": {payload_mib_max}\n}}"
    )
}

#[cfg(test)]
mod tests;
