use std::path::Path;

use super::*;
use crate::{
    files::RegularFileError,
    telemetry::error_chain::error_chain,
    tls::test_support::{Authority, Folder, pem},
};

/// An RSA key that nothing but this test uses.
const RSA_PKCS1: &[u8] = include_bytes!("rsa-2048.pkcs1.der");
/// Where SEC1 begins in the PKCS#8 of an ECDSA P-256 key.
const SEC1_START: usize = 29;

fn file(path: &Path) -> TlsFile {
    TlsFile::new("private_key_file", path)
}

fn key(folder: &Folder, text: &str) -> Result<PrivateKeyDer<'static>, String> {
    let path = folder.write("key.pem", text);
    file(&path)
        .private_key()
        .map_err(|error| error_chain(&error).replace(&folder.path().display().to_string(), "DIR"))
}

fn certificates(folder: &Folder, text: &str) -> Result<usize, String> {
    let path = folder.write("certificate.pem", text);
    TlsFile::new("certificate_file", &path)
        .certificates()
        .map(|certificates| certificates.len())
        .map_err(|error| error_chain(&error).replace(&folder.path().display().to_string(), "DIR"))
}

#[test]
fn keys_of_all_three_forms_are_read() {
    let folder = Folder::new();
    let ecdsa = Authority::new().issue(&["localhost"]).key;
    for (label, der) in [
        ("PRIVATE KEY", ecdsa.as_slice()),
        ("EC PRIVATE KEY", &ecdsa[SEC1_START..]),
        ("RSA PRIVATE KEY", RSA_PKCS1),
    ] {
        let key = key(&folder, &pem(label, der)).unwrap();
        assert_eq!(key.secret_der(), der, "{label}");
        let usable = super::super::provider::provider()
            .key_provider
            .load_private_key(key);
        assert!(usable.is_ok(), "{label}: {usable:?}");
    }
}

#[test]
fn a_key_may_stand_after_a_certificate_and_other_text() {
    let issued = Authority::new().issue(&["localhost"]);
    let text = format!(
        "subject=x\n{}{}",
        issued.certificate_pem(),
        issued.key_pem()
    );
    let key = key(&Folder::new(), &text).unwrap();
    assert_eq!(key.secret_der(), issued.key);
}

#[test]
fn an_encrypted_key_is_refused_with_the_command_that_decrypts_it() {
    let folder = Folder::new();
    let old_form = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\
                    DEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    for text in [&pem("ENCRYPTED PRIVATE KEY", b"secret"), old_form] {
        assert_eq!(
            key(&folder, text).unwrap_err(),
            "private_key_file DIR/key.pem is encrypted, and no setting holds a passphrase: decrypt \
             it with openssl pkey -in DIR/key.pem -out DECRYPTED.pem, and name that file"
        );
    }
}

#[test]
fn a_file_without_what_is_needed_is_refused() {
    let folder = Folder::new();
    let issued = Authority::new().issue(&["localhost"]);
    for text in ["", "no PEM", &issued.certificate_pem()] {
        let error = key(&folder, text).unwrap_err();
        assert!(
            error.starts_with("private_key_file DIR/key.pem holds no private key: expected PEM"),
            "{error}"
        );
    }
    for text in ["", "no PEM", &issued.key_pem()] {
        assert_eq!(
            certificates(&folder, text).unwrap_err(),
            "certificate_file DIR/certificate.pem holds no certificate: expected PEM with \
             \"-----BEGIN CERTIFICATE-----\""
        );
    }
}

#[test]
fn broken_pem_is_refused_and_shows_nothing_of_it() {
    let folder = Folder::new();
    let text = "-----BEGIN PRIVATE KEY-----\nsecret\u{0}!\n-----END PRIVATE KEY-----\n";
    let error = key(&folder, text).unwrap_err();
    assert!(
        error.starts_with("private_key_file DIR/key.pem is not valid PEM: "),
        "{error}"
    );
    assert!(!error.contains("secret"), "{error}");
    let certificate = Authority::new().pem();
    let cut = certificate.get(..certificate.len() / 2).unwrap();
    let error = certificates(&folder, cut).unwrap_err();
    assert!(error.contains("is not valid PEM"), "{error}");
}

#[test]
fn all_certificates_of_a_file_are_read() {
    let text = [Authority::new().pem(), Authority::new().pem()].concat();
    assert_eq!(certificates(&Folder::new(), &text), Ok(2));
}

#[test]
fn a_file_that_is_missing_no_file_or_too_large_is_refused() {
    let folder = Folder::new();
    let missing = file(&folder.path().join("missing.pem")).certificates();
    assert!(matches!(missing, Err(TlsError::Read { .. })), "{missing:?}");
    for path in [folder.path(), Path::new("/dev/null")] {
        let error = file(path).private_key();
        let is_expected = matches!(
            error,
            Err(TlsError::Read {
                source: RegularFileError::NotRegular { .. },
                ..
            })
        );
        assert!(is_expected, "{error:?}");
    }
    let large = folder.write("large.pem", &"x".repeat(1024 * 1024 + 1));
    let error = file(&large).certificates();
    let is_expected = matches!(
        error,
        Err(TlsError::Read {
            source: RegularFileError::TooLarge { .. },
            ..
        })
    );
    assert!(is_expected, "{error:?}");
}

#[test]
fn a_certificate_that_is_none_is_no_root() {
    let folder = Folder::new();
    let path = folder.write("ca.pem", &pem("CERTIFICATE", b"no DER"));
    let error = TlsFile::new("client_ca_file", &path).roots().unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("ca.pem holds a certificate that cannot be used"),
        "{error}"
    );
}
