//! Why TLS cannot be set up.

use std::{fmt, path::PathBuf};

use rustls::{pki_types::pem, server::VerifierBuilderError};

use crate::files::RegularFileError;

/// A file and the setting that names it, for messages: `certificate_file /etc/tls/cert.pem`.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct TlsFile {
    /// The key of the setting.
    pub setting: &'static str,
    /// The file as it was named.
    pub path: PathBuf,
}

/// Why TLS cannot be set up. No text holds anything of a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The file does not exist, is no regular file, is too large, or cannot be read.
    #[error("{file} cannot be read")]
    Read {
        /// Which one.
        file: TlsFile,
        /// Why.
        source: RegularFileError,
    },
    /// The file has marks of PEM, and something between them that is none.
    #[error("{file} is not valid PEM")]
    Malformed {
        /// Which one.
        file: TlsFile,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// There is no certificate in the file.
    #[error("{file} holds no certificate: expected PEM with \"-----BEGIN CERTIFICATE-----\"")]
    NoCertificate {
        /// Which one.
        file: TlsFile,
    },
    /// A certificate cannot be used.
    #[error("{file} holds a certificate that cannot be used")]
    Certificate {
        /// Which one.
        file: TlsFile,
        /// From rustls.
        source: rustls::Error,
    },
    /// There is no private key in the file.
    #[error(
        "{file} holds no private key: expected PEM with \"-----BEGIN PRIVATE KEY-----\" (PKCS#8), \"-----BEGIN RSA PRIVATE KEY-----\" (PKCS#1) or \"-----BEGIN EC PRIVATE KEY-----\" (SEC1)"
    )]
    NoKey {
        /// Which one.
        file: TlsFile,
    },
    /// The private key needs a passphrase.
    #[error(
        "{file} is encrypted, and no setting holds a passphrase: decrypt it with openssl pkey -in {} -out DECRYPTED.pem, and name that file",
        file.path.display()
    )]
    EncryptedKey {
        /// Which one.
        file: TlsFile,
    },
    /// The private key is of a kind or size that is not supported.
    #[error(
        "{file} holds a private key that cannot be used: expected RSA of 2048 to 8192 bits, ECDSA P-256 or P-384, or Ed25519"
    )]
    Key {
        /// Which one.
        file: TlsFile,
    },
    /// The certificate is for another private key.
    #[error(
        "{certificate} and {key} do not belong together: the first certificate of the file must be the one of the private key"
    )]
    Mismatch {
        /// The file of the certificate.
        certificate: TlsFile,
        /// The file of the private key.
        key: TlsFile,
    },
    /// The certificates of the file cannot verify others.
    #[error("{file} cannot be used to verify clients")]
    ClientRoots {
        /// Which one.
        file: TlsFile,
        /// From rustls.
        source: VerifierBuilderError,
    },
    /// The operating system has no roots, and no others are configured.
    #[error("the system has no root certificates: install them (ca-certificates), or name a file with {setting}{}", read_errors(.reasons))]
    NoSystemRoots {
        /// The setting that names a file of roots.
        setting: &'static str,
        /// What went wrong while they were read.
        reasons: Vec<String>,
    },
    /// A host is neither a DNS name nor an address, so that no certificate can be for it.
    #[error(
        "{host:?} is neither a DNS name nor an IP address, and no certificate can be checked for it"
    )]
    ServerName {
        /// As it was given.
        host: String,
    },
    /// rustls refuses the set-up.
    #[error("TLS cannot be set up")]
    Setup(#[source] rustls::Error),
}

impl fmt::Display for TlsFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.setting, self.path.display())
    }
}

fn read_errors(reasons: &[String]) -> String {
    if reasons.is_empty() {
        return String::new();
    }
    format!(" ({})", reasons.join("; "))
}
