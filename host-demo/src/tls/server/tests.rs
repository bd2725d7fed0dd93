use std::{os::unix::fs::PermissionsExt as _, path::PathBuf};

use super::*;
use crate::{
    config::ListenerTls,
    telemetry::error_chain::error_chain,
    tls::test_support::{Authority, Folder, pem},
};

/// Midnight before 2050 in seconds since 1970.
const VALID_UNTIL: Duration = Duration::from_secs(2_524_608_000);

/// A folder with the files of a server.
struct Files {
    folder: Folder,
    settings: ListenerTls,
}

impl Files {
    fn new(certificate: &str, key: &str, client_ca: Option<&str>) -> Self {
        let folder = Folder::new();
        let settings = ListenerTls {
            certificate_file: folder.write("certificate.pem", certificate),
            private_key_file: folder.write("key.pem", key),
            client_ca_file: client_ca.map(|text| folder.write("ca.pem", text)),
            handshake_timeout: Duration::from_secs(10),
        };
        Self { folder, settings }
    }

    fn load(&self) -> Result<ServerTls, String> {
        ServerTls::load(&self.settings).map_err(|error| self.text(&error))
    }

    fn text(&self, error: &TlsError) -> String {
        error_chain(error).replace(&self.folder.path().display().to_string(), "DIR")
    }
}

#[test]
fn a_pair_is_loaded_with_its_end() {
    let issued = Authority::new().issue(&["localhost"]);
    let files = Files::new(&issued.certificate_pem(), &issued.key_pem(), None);
    let tls = files.load().unwrap();
    assert_eq!(tls.expiration(), VALID_UNTIL);
    assert_eq!(
        tls.warnings(VALID_UNTIL - Duration::from_secs(1)),
        [] as [&str; 0]
    );
}

#[test]
fn a_certificate_and_a_key_that_do_not_belong_together_are_refused() {
    let authority = Authority::new();
    let (one, other) = (
        authority.issue(&["localhost"]),
        authority.issue(&["localhost"]),
    );
    let files = Files::new(&one.certificate_pem(), &other.key_pem(), None);
    assert_eq!(
        files.load().unwrap_err(),
        "certificate_file DIR/certificate.pem and private_key_file DIR/key.pem do not belong \
         together: the first certificate of the file must be the one of the private key"
    );
    // The authority first.
    let chain = [authority.pem(), one.certificate_pem()].concat();
    let files = Files::new(&chain, &one.key_pem(), None);
    assert!(files.load().unwrap_err().contains("do not belong together"));
}

#[test]
fn what_is_no_certificate_or_no_key_inside_of_pem_is_refused() {
    let issued = Authority::new().issue(&["localhost"]);
    let none = pem("CERTIFICATE", b"no DER");
    let error = Files::new(&none, &issued.key_pem(), None)
        .load()
        .unwrap_err();
    assert!(
        error.starts_with(
            "certificate_file DIR/certificate.pem holds a certificate that cannot be used"
        ),
        "{error}"
    );
    let none = pem("PRIVATE KEY", b"no DER");
    let error = Files::new(&issued.certificate_pem(), &none, None)
        .load()
        .unwrap_err();
    assert!(
        error.starts_with("private_key_file DIR/key.pem holds a private key that cannot be used"),
        "{error}"
    );
    let error = Files::new(&issued.certificate_pem(), &issued.key_pem(), Some("none"))
        .load()
        .unwrap_err();
    assert!(
        error.starts_with("client_ca_file DIR/ca.pem holds no certificate"),
        "{error}"
    );
}

#[test]
fn a_reload_replaces_the_pair_and_a_bad_one_does_not() {
    let authority = Authority::new();
    let first = authority.issue_until(&["localhost"], (2040, 1, 1));
    let files = Files::new(&first.certificate_pem(), &first.key_pem(), None);
    let tls = files.load().unwrap();
    let next = authority.issue(&["localhost"]);

    // Half of the new pair.
    files
        .folder
        .write("certificate.pem", &next.certificate_pem());
    let error = files.text(&tls.reload().unwrap_err());
    assert!(error.contains("do not belong together"), "{error}");
    assert!(tls.expiration() < VALID_UNTIL);

    files.folder.write("key.pem", &next.key_pem());
    tls.reload().unwrap();
    assert_eq!(tls.expiration(), VALID_UNTIL);
}

#[test]
fn an_expired_certificate_is_warned_of() {
    let issued = Authority::new().issue(&["localhost"]);
    let files = Files::new(&issued.certificate_pem(), &issued.key_pem(), None);
    let warnings = files.load().unwrap().warnings(VALID_UNTIL);
    let [warning] = warnings.as_slice() else {
        panic!("{warnings:?}");
    };
    assert!(
        warning.ends_with("certificate.pem has expired: clients will refuse it"),
        "{warning}"
    );
}

#[test]
fn a_key_that_others_can_use_is_warned_of() {
    let folder = Folder::new();
    let path: PathBuf = folder.write("key.pem", "");
    let is_root = fs::metadata(&path).unwrap().uid() == ROOT;
    for (mode, expected) in [
        (0o600, false),
        (0o400, false),
        // The group of a file of root.
        (0o640, !is_root),
        (0o644, true),
        (0o620, true),
        (0o604, true),
    ] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let warning = key_permissions(&path);
        assert_eq!(warning.is_some(), expected, "{mode:o} {warning:?}");
    }
    let warning = key_permissions(&path).unwrap();
    let shown = path.display();
    assert_eq!(
        warning,
        format!(
            "private_key_file {shown} has mode 0604, so that other users can use it: chmod 600 {shown}"
        )
    );
}
