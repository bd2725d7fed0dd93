use std::sync::Arc;

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, SupportedProtocolVersion,
    crypto::ring,
    pki_types::{CertificateDer, ServerName},
    version::{TLS12, TLS13},
};

use super::{Authority, Issued};

/// How a client makes its handshakes.
#[derive(Clone, Debug)]
pub struct TlsClient(Arc<ClientConfig>);

impl TlsClient {
    /// A client that trusts one authority, and offers TLS 1.2 and 1.3 without ALPN.
    #[must_use]
    pub fn trusting(authority: &Authority) -> Self {
        Self::new(authority, &[&TLS13, &TLS12], None)
    }

    /// As [`trusting`](Self::trusting), with one version of TLS.
    #[must_use]
    pub fn of_version(authority: &Authority, version: &'static SupportedProtocolVersion) -> Self {
        Self::new(authority, &[version], None)
    }

    /// As [`trusting`](Self::trusting), with a certificate of its own.
    #[must_use]
    pub fn with_certificate(authority: &Authority, own: &Issued) -> Self {
        Self::new(authority, &[&TLS13, &TLS12], Some(own))
    }

    /// The same client, which offers protocols (ALPN).
    #[must_use]
    pub fn offering(&self, protocols: &[&str]) -> Self {
        let mut config = ClientConfig::clone(&self.0);
        config.alpn_protocols = protocols
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        Self(Arc::new(config))
    }

    /// For a connection of its own kind.
    #[must_use]
    pub fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.0)
    }

    /// The name that is expected in the server's certificate.
    #[must_use]
    pub fn server_name() -> ServerName<'static> {
        ServerName::try_from("localhost").expect("a name")
    }

    pub(crate) fn session(&self) -> ClientConnection {
        ClientConnection::new(self.config(), Self::server_name()).expect("a session")
    }

    fn new(
        authority: &Authority,
        versions: &[&'static SupportedProtocolVersion],
        own: Option<&Issued>,
    ) -> Self {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::clone(authority.certificate()))
            .expect("a root");
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .expect("versions")
            .with_root_certificates(roots);
        Self(Arc::new(match own {
            None => builder.with_no_client_auth(),
            Some(own) => builder
                .with_client_auth_cert(vec![own.certificate().clone()], own.key())
                .expect("a certificate"),
        }))
    }
}
