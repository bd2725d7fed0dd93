//! What one client, and all together, may ask of the upstream and of the server.

use integration_tests::{Connection, Host, HostBuilder, PluginFolder, Request, eventually, get};

use crate::metrics::sample;

mod accounting;
mod concurrency;
mod sizes;

fn token_plugin() -> HostBuilder {
    Host::builder().plugins(PluginFolder::new().with("token-plugin"))
}

/// A request that the upstream leaves to the test.
fn held(key: &str) -> Request {
    get("/stream").key(key).header("x-behaviour", "test")
}

/// A request that the upstream echoes.
fn echoed(key: &str) -> Request {
    get("/echo").key(key)
}

/// Waits until a request is answered with this status: an ended response is counted out a moment
/// after its client has it.
fn eventually_answered(host: &Host, request: &Request, status: u16) {
    eventually(&format!("{request:?} gets {status}"), || {
        (host.inference(request).status == status).then_some(())
    });
}

/// Waits until a limit was reached this often.
fn eventually_refused(host: &Host, limit: &str, times: f64) {
    let name = format!("host_demo_limit_refusals_total{{limit=\"{limit}\"}}");
    eventually(&format!("{name} {times}"), || {
        ((sample(host, &name) - times).abs() < f64::EPSILON).then_some(())
    });
}

/// Sends a request without waiting for its response.
fn begin(connection: &mut Connection, request: &Request) {
    connection.send(&request.to_bytes());
}
