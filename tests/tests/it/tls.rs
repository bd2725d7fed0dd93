//! Listeners with TLS.

use integration_tests::{
    Authority, Host, HostBuilder, Listener, PluginFolder, TlsClient, TlsFiles,
};

mod client_certificates;
mod handshake;
mod keys;
mod refusals;
mod reload;
mod settings;
mod under_load;

/// The listeners that have TLS in these tests; metrics are read without.
const ENCRYPTED: [Listener; 2] = [Listener::Inference, Listener::Management];

/// A server with the token plugin and TLS, and a client that trusts it.
struct Server {
    authority: Authority,
    files: TlsFiles,
    client: TlsClient,
    host: Host,
}

impl Server {
    fn start() -> Self {
        Self::start_with(|builder, _| builder)
    }

    fn start_with(settings: impl FnOnce(HostBuilder, &TlsFiles) -> HostBuilder) -> Self {
        let authority = Authority::new();
        let files = TlsFiles::of(&authority.issue());
        let host = settings(token_plugin().tls(&files, &ENCRYPTED), &files).start();
        Self {
            client: TlsClient::trusting(&authority),
            authority,
            files,
            host,
        }
    }

    /// A sample of a metric.
    fn metric(&self, name: &str) -> Option<String> {
        let response = self.host.metrics(&integration_tests::get("/metrics"));
        let mut lines = response.text().lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.map(str::to_owned)
    }

    /// How many handshakes of the inference listener failed for a reason.
    fn failed_handshakes(&self, reason: &str) -> Option<String> {
        self.metric(&format!(
            "host_demo_tls_handshake_failures_total{{listener=\"inference\",reason=\"{reason}\"}}"
        ))
    }
}

fn token_plugin() -> HostBuilder {
    Host::builder().plugins(PluginFolder::new().with("token-plugin"))
}
