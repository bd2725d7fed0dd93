//! Connections to `https://` upstreams.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::ServerName,
    version::{TLS12, TLS13},
};
use tokio_rustls::TlsConnector;

use super::{
    error::{TlsError, TlsFile},
    provider::provider,
};

/// The setting that names the roots.
const CA_FILE: &str = "upstream_ca_file";

/// Whom the host trusts as an upstream. Cheap to clone, usable from any thread; made at the start and at a reload,
/// because it reads files. Two are equal if they trust the same roots.
///
/// ```ignore
/// let tls = ClientTls::new(ca_file)?;
/// let stream = tls.connector(Offer::Http1).connect(server_name(host)?, tcp_stream).await?;
/// ```
#[derive(Clone, Debug)]
pub(crate) struct ClientTls {
    /// Without protocols: each connection offers its own.
    config: Arc<ClientConfig>,
    roots: Arc<RootCertStore>,
}

/// The protocols that are offered to the upstream (ALPN). Which one it chose is
/// `stream.get_ref().1.alpn_protocol()`; none means that it does not know ALPN and speaks HTTP/1.1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Offer {
    Http1,
    Http2,
}

impl ClientTls {
    /// Trusts the roots of `ca_file` (PEM) and no others, or those of the operating system where there is none
    /// (`SSL_CERT_FILE` and `SSL_CERT_DIR` name others, as for OpenSSL).
    ///
    /// # Errors
    /// The file cannot be used; the operating system has no roots.
    pub(crate) fn new(ca_file: Option<&Path>) -> Result<Self, TlsError> {
        let roots = match ca_file {
            Some(path) => TlsFile::new(CA_FILE, path).roots()?,
            None => system_roots()?,
        };
        let roots = Arc::new(roots);
        let config = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(TlsError::Setup)?
            .with_root_certificates(Arc::clone(&roots))
            .with_no_client_auth();
        Ok(Self {
            config: Arc::new(config),
            roots,
        })
    }

    /// What makes the handshake of one connection. The certificate must be for the name that is given to `connect`,
    /// see [`server_name`]. The handshake has no time limit of its own. To be kept: making one copies the set-up.
    pub(crate) fn connector(&self, offer: Offer) -> TlsConnector {
        let mut config = ClientConfig::clone(&self.config);
        config.alpn_protocols = offer.protocols();
        TlsConnector::from(Arc::new(config))
    }
}

impl PartialEq for ClientTls {
    fn eq(&self, other: &Self) -> bool {
        self.roots.roots == other.roots.roots
    }
}

impl Offer {
    fn protocols(self) -> Vec<Vec<u8>> {
        let names: &[&str] = match self {
            Self::Http1 => &["http/1.1"],
            Self::Http2 => &["h2"],
        };
        names.iter().map(|name| name.as_bytes().to_vec()).collect()
    }
}

/// The name that the upstream's certificate must have: a DNS name, or an IP address, of version 6 in brackets or not.
///
/// # Errors
/// It is neither.
pub(crate) fn server_name(host: &str) -> Result<ServerName<'static>, TlsError> {
    let inner = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    ServerName::try_from(inner.unwrap_or(host).to_owned()).map_err(|_| TlsError::ServerName {
        host: host.to_owned(),
    })
}

/// Roots that cannot be parsed are left out, as rustls advises: systems have odd ones.
fn system_roots() -> Result<RootCertStore, TlsError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (usable, _) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        return Err(TlsError::NoSystemRoots {
            setting: CA_FILE,
            reasons: found.errors.iter().map(ToString::to_string).collect(),
        });
    }
    Ok(roots)
}

#[cfg(test)]
mod tests;
