//! Certificates and keys from PEM files.

use std::path::Path;

use rustls::{
    RootCertStore,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject as _},
    },
};

use super::error::{TlsError, TlsFile};
use crate::files;

/// The largest file that is read: a bundle of all public roots has a quarter of it.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Marks of private keys that need a passphrase: those of PKCS#8, and those of OpenSSL's older form.
const ENCRYPTED: [&[u8]; 2] = [
    b"-----BEGIN ENCRYPTED PRIVATE KEY-----",
    b"Proc-Type: 4,ENCRYPTED",
];

impl TlsFile {
    /// The file that a setting names.
    pub(super) fn new(setting: &'static str, path: &Path) -> Self {
        Self {
            setting,
            path: path.to_owned(),
        }
    }

    /// All certificates, in the order of the file; at least one.
    ///
    /// # Errors
    /// The file cannot be read, or holds none.
    pub(super) fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let text = self.read()?;
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
            .collect::<Result<_, _>>()
            .map_err(|source| self.malformed(source))?;
        if certificates.is_empty() {
            return Err(TlsError::NoCertificate { file: self.clone() });
        }
        Ok(certificates)
    }

    /// The first private key: PKCS#8, PKCS#1 or SEC1.
    ///
    /// # Errors
    /// The file cannot be read, holds none, or holds an encrypted one.
    pub(super) fn private_key(&self) -> Result<PrivateKeyDer<'static>, TlsError> {
        let text = self.read()?;
        let holds = |mark: &[u8]| text.windows(mark.len()).any(|part| part == mark);
        if ENCRYPTED.into_iter().any(holds) {
            return Err(TlsError::EncryptedKey { file: self.clone() });
        }
        PrivateKeyDer::from_pem_slice(&text).map_err(|source| match source {
            pem::Error::NoItemsFound => TlsError::NoKey { file: self.clone() },
            source => self.malformed(source),
        })
    }

    /// The certificates as roots, each of which must be one.
    ///
    /// # Errors
    /// The file cannot be read, holds no certificate, or holds one that cannot be a root.
    pub(super) fn roots(&self) -> Result<RootCertStore, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in self.certificates()? {
            roots
                .add(certificate)
                .map_err(|source| TlsError::Certificate {
                    file: self.clone(),
                    source,
                })?;
        }
        Ok(roots)
    }

    fn read(&self) -> Result<Vec<u8>, TlsError> {
        files::read(&self.path, FILE_BYTES_MAX).map_err(|source| TlsError::Read {
            file: self.clone(),
            source,
        })
    }

    fn malformed(&self, source: pem::Error) -> TlsError {
        TlsError::Malformed {
            file: self.clone(),
            source,
        }
    }
}

#[cfg(test)]
mod tests;
