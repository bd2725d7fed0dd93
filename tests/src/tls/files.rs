use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use tempfile::TempDir;

use super::{Authority, Issued};
use crate::{HostBuilder, Listener, write_file};

/// A folder with the files of a server with TLS.
#[derive(Debug)]
pub struct TlsFiles {
    folder: TempDir,
}

impl TlsFiles {
    /// With one certificate and its key, which only their owner can read.
    #[must_use]
    pub fn of(issued: &Issued) -> Self {
        let files = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        files.install(issued);
        files
    }

    /// Replaces certificate and key.
    pub fn install(&self, issued: &Issued) {
        self.write_certificate(&issued.certificate_pem());
        self.write_key(&issued.key_pem());
    }

    /// Writes other text into the file of the certificate.
    pub fn write_certificate(&self, text: &str) {
        write_file(&self.certificate(), text.as_bytes());
    }

    /// Writes other text into the file of the key.
    pub fn write_key(&self, text: &str) {
        write_file(&self.key(), text.as_bytes());
        let owner_only = fs::Permissions::from_mode(0o600);
        fs::set_permissions(self.key(), owner_only).expect("the mode can be set");
    }

    /// Writes the file of the authorities of clients.
    pub fn write_client_ca(&self, authority: &Authority) {
        write_file(&self.client_ca(), authority.pem().as_bytes());
    }

    /// The file of the certificate.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// The file of the key.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    /// The file of the authorities of clients.
    #[must_use]
    pub fn client_ca(&self) -> PathBuf {
        self.folder.path().join("client_ca.pem")
    }
}

impl HostBuilder {
    /// Encrypts these listeners with the certificate and the key of a folder.
    pub fn tls(self, files: &TlsFiles, listeners: &[Listener]) -> Self {
        let text = |path: PathBuf| path.display().to_string();
        let with_files = self
            .property("certificate_file", &text(files.certificate()))
            .property("private_key_file", &text(files.key()));
        listeners.iter().fold(with_files, |builder, listener| {
            builder.property(listener.address_key(), "https://127.0.0.1:0")
        })
    }
}
