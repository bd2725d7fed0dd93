//! Limits of what clients can take of the server, and for how long.

use integration_tests::{Host, HostBuilder, PluginFolder, eventually};

use crate::metrics::sample;

mod bodies;
mod connections;
mod half_closed;
mod http2;
mod not_idle;

fn token_plugin() -> HostBuilder {
    Host::builder().plugins(PluginFolder::new().with("token-plugin"))
}

/// Waits until a limit was reached at least this often.
fn eventually_reached(host: &Host, limit: &str, times: f64) {
    let name = format!("host_demo_limit_refusals_total{{limit=\"{limit}\"}}");
    eventually(&format!("{name} {times}"), || {
        (sample(host, &name) >= times).then_some(())
    });
}
