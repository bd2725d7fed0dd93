//! TLS of the listeners: the certificate, its key, and the authorities of clients, replaced while serving.

use std::{fs, os::unix::fs::MetadataExt as _, path::Path, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use rustls::{
    ServerConfig,
    crypto::CryptoProvider,
    pki_types::CertificateDer,
    server::{NoClientAuth, WebPkiClientVerifier, danger::ClientCertVerifier},
    sign::{CertifiedKey, SingleCertAndKey},
    version::{TLS12, TLS13},
};
use tokio_rustls::TlsAcceptor;
use x509_cert::{Certificate, der::Decode as _};

use super::{
    error::{TlsError, TlsFile},
    provider::provider,
};
use crate::config::ListenerTls;

/// The protocols of the listeners, the preferred one first (ALPN).
const PROTOCOLS: [&[u8]; 2] = [HTTP2, b"http/1.1"];
/// The name of HTTP/2 in ALPN.
pub(crate) const HTTP2: &[u8] = b"h2";

const ROOT: u32 = 0;
const READABLE_BY_GROUP: u32 = 0o040;
const OPEN_TO_OTHERS: u32 = 0o077;
const PERMISSIONS: u32 = 0o7777;

/// What new handshakes use. It is replaced as a whole, so that no handshake combines an old key with a new
/// certificate; handshakes and connections that are under way keep what they began with.
#[derive(Debug)]
pub(crate) struct ServerTls {
    current: ArcSwap<Credentials>,
}

/// Certificate, key and authorities as of one reading of the files.
#[derive(Debug)]
pub(crate) struct Credentials {
    settings: ListenerTls,
    config: Arc<ServerConfig>,
    /// Since 1970.
    expiration: Duration,
}

impl ServerTls {
    /// Reads the files.
    ///
    /// # Errors
    /// One of them cannot be used, or they do not belong together.
    pub(crate) fn load(settings: &ListenerTls) -> Result<Self, TlsError> {
        Ok(Self {
            current: ArcSwap::from_pointee(Credentials::load(settings)?),
        })
    }

    /// Reads the files again. Blocks for as long as that takes.
    ///
    /// # Errors
    /// As [`load`](Self::load); what was in use stays in use.
    pub(crate) fn reload(&self) -> Result<(), TlsError> {
        self.replace(Credentials::load(&self.current.load().settings)?);
        Ok(())
    }

    /// Lets the next handshakes use these.
    pub(crate) fn replace(&self, credentials: Credentials) {
        self.current.store(Arc::new(credentials));
    }

    /// What makes the next handshake. Takes no lock.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.current.load().config))
    }

    /// How long the next handshake may take. Takes no lock.
    pub(crate) fn handshake_timeout(&self) -> Duration {
        self.current.load().settings.handshake_timeout
    }

    /// The settings of what is in use.
    pub(crate) fn settings(&self) -> ListenerTls {
        self.current.load().settings.clone()
    }

    /// When the certificate in use ends to be valid, since 1970.
    pub(crate) fn expiration(&self) -> Duration {
        self.current.load().expiration
    }

    /// What is unusual about the files and does not keep the server from starting, one line for each.
    /// `now` is the time since 1970.
    pub(crate) fn warnings(&self, now: Duration) -> Vec<String> {
        let ListenerTls {
            certificate_file: certificate,
            private_key_file,
            ..
        } = self.settings();
        let expired = (self.expiration() <= now).then(|| {
            format!(
                "{} {} has expired: clients will refuse it",
                CERTIFICATE,
                certificate.display()
            )
        });
        expired
            .into_iter()
            .chain(key_permissions(&private_key_file))
            .collect()
    }
}

const CERTIFICATE: &str = "certificate_file";
const PRIVATE_KEY: &str = "private_key_file";
const CLIENT_CA: &str = "client_ca_file";

impl Credentials {
    /// Reads the files.
    ///
    /// # Errors
    /// One of them cannot be used, or they do not belong together.
    pub(crate) fn load(settings: &ListenerTls) -> Result<Self, TlsError> {
        let provider = provider();
        let certificate = TlsFile::new(CERTIFICATE, &settings.certificate_file);
        let key = TlsFile::new(PRIVATE_KEY, &settings.private_key_file);
        let chain = certificate.certificates()?;
        let expiration = expiration(&certificate, &chain)?;
        let certified = certified_key(certificate, chain, key, &provider)?;
        let clients = client_verifier(settings.client_ca_file.as_deref(), &provider)?;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(TlsError::Setup)?
            .with_client_cert_verifier(clients)
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        Ok(Self {
            settings: settings.clone(),
            config: Arc::new(config),
            expiration,
        })
    }
}

fn certified_key(
    certificate: TlsFile,
    chain: Vec<CertificateDer<'static>>,
    key: TlsFile,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, TlsError> {
    let signing_key = provider
        .key_provider
        .load_private_key(key.private_key()?)
        .map_err(|_| TlsError::Key { file: key.clone() })?;
    let certified = CertifiedKey::new(chain, signing_key);
    match certified.keys_match() {
        Ok(()) => Ok(certified),
        Err(rustls::Error::InconsistentKeys(_)) => Err(TlsError::Mismatch { certificate, key }),
        Err(source) => Err(TlsError::Certificate {
            file: certificate,
            source,
        }),
    }
}

fn client_verifier(
    ca_file: Option<&Path>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let Some(path) = ca_file else {
        return Ok(Arc::new(NoClientAuth));
    };
    let file = TlsFile::new(CLIENT_CA, path);
    let roots = Arc::new(file.roots()?);
    WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(provider))
        .build()
        .map_err(|source| TlsError::ClientRoots { file, source })
}

/// When the first certificate of a chain, the server's own, ends to be valid, since 1970.
fn expiration(file: &TlsFile, chain: &[CertificateDer<'_>]) -> Result<Duration, TlsError> {
    let unusable = || TlsError::Certificate {
        file: file.clone(),
        source: rustls::CertificateError::BadEncoding.into(),
    };
    let first = chain.first().ok_or_else(unusable)?;
    let certificate = Certificate::from_der(first).map_err(|_| unusable())?;
    let validity = certificate.tbs_certificate().validity();
    Ok(validity.not_after.to_unix_duration())
}

/// A warning if other users can read the key. The group of a file of root may, as is usual for the group
/// `ssl-cert`.
fn key_permissions(path: &Path) -> Option<String> {
    let metadata = fs::metadata(path).ok()?;
    let mut open = metadata.mode() & OPEN_TO_OTHERS;
    if metadata.uid() == ROOT {
        open &= !READABLE_BY_GROUP;
    }
    (open != 0).then(|| {
        format!(
            "{PRIVATE_KEY} {} has mode {:04o}, so that other users can use it: chmod 600 {}",
            path.display(),
            metadata.mode() & PERMISSIONS,
            path.display()
        )
    })
}

#[cfg(test)]
mod tests;
