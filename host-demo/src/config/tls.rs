//! TLS of the listeners: which files it needs, and whether the settings fit together.

use std::{path::PathBuf, time::Duration};

use super::{
    address::{ListenAddress, Scheme},
    error::ConfigError,
    settings::Origin,
    table::SETTINGS,
};

/// TLS of all listeners whose address is `https://`.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ListenerTls {
    /// The certificate and its chain, PEM; not yet read.
    pub certificate_file: PathBuf,
    /// The private key of the certificate, PEM; not yet read.
    pub private_key_file: PathBuf,
    /// The authorities that verify the certificates of clients, PEM; not yet read. Where it is set, a client without
    /// a certificate of theirs is refused.
    pub client_ca_file: Option<PathBuf>,
    /// How long a handshake may take.
    pub handshake_timeout: Duration,
}

/// What was set, each with its origin.
#[derive(Debug)]
pub(super) struct GivenFiles {
    pub(super) certificate: Option<(PathBuf, Origin)>,
    pub(super) private_key: Option<(PathBuf, Origin)>,
    pub(super) client_ca: Option<(PathBuf, Origin)>,
}

impl GivenFiles {
    /// TLS for these addresses, each with its key; `None` where no address asks for it.
    ///
    /// # Errors
    /// An address asks for it and a file is missing, or a file is given and no address asks for it: what is meant to
    /// be encrypted must not be served as plain text.
    pub(super) fn for_listeners(
        self,
        addresses: &[(&'static str, ListenAddress)],
        handshake_timeout: Duration,
    ) -> Result<Option<ListenerTls>, ConfigError> {
        let asking = addresses
            .iter()
            .find(|(_, address)| address.scheme() == Scheme::Https);
        let Some(&(address_key, _)) = asking else {
            return self.unused().map_or(Ok(None), Err);
        };
        let needs = |key| ConfigError::NoTlsFile { key, address_key };
        let (certificate_file, _) = self
            .certificate
            .ok_or_else(|| needs(SETTINGS.certificate_file.key))?;
        let (private_key_file, _) = self
            .private_key
            .ok_or_else(|| needs(SETTINGS.private_key_file.key))?;
        Ok(Some(ListenerTls {
            certificate_file,
            private_key_file,
            client_ca_file: self.client_ca.map(|(path, _)| path),
            handshake_timeout,
        }))
    }

    fn unused(&self) -> Option<ConfigError> {
        let Self {
            certificate,
            private_key,
            client_ca,
        } = self;
        let all = [
            (SETTINGS.certificate_file.key, certificate),
            (SETTINGS.private_key_file.key, private_key),
            (SETTINGS.client_ca_file.key, client_ca),
        ];
        all.into_iter().find_map(|(key, file)| {
            let (_, origin) = file.as_ref()?;
            Some(ConfigError::TlsUnused {
                origin: origin.clone(),
                key,
            })
        })
    }
}
