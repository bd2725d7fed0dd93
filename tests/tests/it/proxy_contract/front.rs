//! Hosts in front of upstreams, one for each way of saying so.

use integration_tests::{
    Authority, Host, HostBuilder, Listener, PluginFolder, TlsClient, TlsFiles,
    start_at_free_address, upstream::HttpUpstream,
};

use super::caller::{Caller, Transport};

/// How the host is told what the upstreams serve.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Arrangement {
    /// `upstream=` and TorchServe's profile.
    ByClass,
    /// `upstream_inference=` and `upstream_management=`.
    ByListener,
}

/// A host in front of its upstreams.
pub(super) struct Front {
    pub(super) host: Host,
    pub(super) arrangement: Arrangement,
    /// All of them, where a profile tells them apart.
    pub(super) inference: HttpUpstream,
    management: HttpUpstream,
    /// None if its listeners have no TLS.
    tls: Option<TlsClient>,
}

impl Arrangement {
    pub(super) const ALL: [Self; 2] = [Self::ByClass, Self::ByListener];
}

impl Front {
    /// With and without TLS.
    pub(super) fn start(
        arrangement: Arrangement,
        settings: impl Fn(HostBuilder) -> HostBuilder,
    ) -> Vec<Self> {
        let plain = Self::start_one(arrangement, None, &settings);
        vec![
            plain,
            Self::start_one(arrangement, Some(Authority::new()), &settings),
        ]
    }

    /// Each arrangement, with and without TLS.
    pub(super) fn start_all(settings: impl Fn(HostBuilder) -> HostBuilder) -> Vec<Self> {
        let start = |arrangement| Self::start(arrangement, &settings);
        Arrangement::ALL.into_iter().flat_map(start).collect()
    }

    /// With and without TLS, on one address where these settings name an address.
    pub(super) fn start_at_one_address(arrangement: Arrangement, settings: &[&str]) -> Vec<Self> {
        let start = |authority: Option<Authority>| {
            let scheme = authority.as_ref().map_or("http", |_| "https");
            Self::start_by(arrangement, authority, |builder| {
                start_at_free_address(|address| {
                    let url = format!("{scheme}://{address}");
                    let set = |builder: HostBuilder, key: &&str| builder.property(key, &url);
                    settings.iter().fold(builder(), set)
                })
            })
        };
        vec![start(None), start(Some(Authority::new()))]
    }

    fn start_one(
        arrangement: Arrangement,
        authority: Option<Authority>,
        settings: &impl Fn(HostBuilder) -> HostBuilder,
    ) -> Self {
        Self::start_by(arrangement, authority, |builder| {
            settings(builder()).start()
        })
    }

    /// `start` may start the host that it is given, several times if need be.
    fn start_by(
        arrangement: Arrangement,
        authority: Option<Authority>,
        start: impl FnOnce(&dyn Fn() -> HostBuilder) -> Host,
    ) -> Self {
        let (inference, management) = (HttpUpstream::start(), HttpUpstream::start());
        let files = authority.as_ref().map(|one| TlsFiles::of(&one.issue()));
        let host = start(&|| {
            let plugins = PluginFolder::new().with("token-plugin");
            let builder = Host::builder().plugins(plugins);
            let builder = match arrangement {
                Arrangement::ByClass => builder.upstream(&inference.url(), "torchserve"),
                Arrangement::ByListener => builder
                    .upstream_inference(&inference.url())
                    .upstream_management(&management.url()),
            };
            match &files {
                Some(files) => builder
                    .tls(files, &Listener::ALL)
                    .property("enable_grpc_ssl", "true"),
                None => builder,
            }
        });
        Self {
            host,
            arrangement,
            inference,
            management,
            tls: authority.map(|authority| TlsClient::trusting(&authority)),
        }
    }

    /// Clients that connect as this host's listeners need it: over each version of HTTP.
    pub(super) fn callers(&self) -> Vec<Caller<'_>> {
        let transports = Transport::of(self.tls.is_some());
        let caller = |transport| Caller::new(&self.host, transport, self.tls.as_ref());
        transports.into_iter().map(caller).collect()
    }

    /// The upstream of the management API.
    pub(super) const fn management(&self) -> &HttpUpstream {
        match self.arrangement {
            Arrangement::ByClass => &self.inference,
            Arrangement::ByListener => &self.management,
        }
    }

    /// How many requests have reached any upstream.
    pub(super) fn forwarded(&self) -> usize {
        self.inference.requests().len() + self.management.requests().len()
    }

    /// How many connections any upstream has seen.
    pub(super) fn connections(&self) -> usize {
        self.inference.connections() + self.management.connections()
    }
}
