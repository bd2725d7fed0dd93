//! In front of model servers.

use integration_tests::{Host, HostBuilder, PluginFolder, Request, upstream::HttpUpstream};

mod back_pressure;
mod cancellation;
mod continue_100;
mod counted;
mod failures;
mod grpc;
mod keys;
mod leaks;
mod load;
mod metrics_listener;
mod profiles;
mod raw_requests;
mod request_heads;
mod response_heads;
mod revocation;
mod shutdown;
mod streams;
mod time_limits;
mod tls;
mod upgrades;

/// A host with the token plugin, whose inference listener forwards to a server.
fn in_front_of(url: &str) -> HostBuilder {
    Host::builder()
        .plugins(PluginFolder::new().with("token-plugin"))
        .upstream_inference(url)
}

/// The same, running, with a model server.
fn with_upstream() -> (Host, HttpUpstream) {
    let upstream = HttpUpstream::start();
    (in_front_of(&upstream.url()).start(), upstream)
}

/// The request with the inference key.
fn inference(host: &Host, request: Request) -> Request {
    request.key(&host.keys().inference.key)
}

/// The request with the inference key, answered as [`HttpUpstream`] says.
fn behaving(host: &Host, request: Request, behaviour: &str) -> Request {
    inference(host, request.header("x-behaviour", behaviour))
}
