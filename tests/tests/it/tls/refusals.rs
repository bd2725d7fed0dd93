//! Files that abort startup, and `--check`: one line that says what would be right.

use integration_tests::{Authority, Host, HostBuilder, Listener, TlsFiles};

use super::{ENCRYPTED, token_plugin};

fn host(files: &TlsFiles) -> HostBuilder {
    token_plugin().tls(files, &ENCRYPTED)
}

/// The start and `--check` say the same.
#[track_caller]
fn assert_refused(builder: impl Fn() -> HostBuilder, words: &[&str]) {
    for refusal in [builder().refused(), builder().argument("--check").refused()] {
        let line = refusal.line();
        for word in words {
            assert!(line.contains(word), "{word} is not in {line}");
        }
        assert!(!refusal.folder().join("key_file.json").exists());
    }
}

#[test]
fn check_of_valid_files_ends_with_0() {
    let files = TlsFiles::of(&Authority::new().issue());
    let ended = host(&files).argument("--check").ended();
    assert_eq!(ended.code, Some(0), "{ended}");
}

#[test]
fn a_certificate_and_a_key_that_do_not_belong_together_are_refused() {
    let authority = Authority::new();
    let files = TlsFiles::of(&authority.issue());
    files.write_certificate(&authority.issue().certificate_pem());
    assert_refused(
        || host(&files),
        &["certificate.pem", "key.pem", "do not belong together"],
    );
}

#[test]
fn an_encrypted_key_is_refused_with_the_command_that_decrypts_it() {
    let files = TlsFiles::of(&Authority::new().issue());
    files.write_key(
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    assert_refused(
        || host(&files),
        &["key.pem is encrypted", "openssl pkey -in"],
    );
}

#[test]
fn a_missing_file_is_refused() {
    let files = TlsFiles::of(&Authority::new().issue());
    std::fs::remove_file(files.key()).expect("it is there");
    assert_refused(
        || host(&files),
        &["private_key_file", "key.pem cannot be read"],
    );
    assert_refused(
        || host(&files).property("client_ca_file", "no/such/ca.pem"),
        &["private_key_file"],
    );
}

#[test]
fn text_that_is_no_pem_is_refused() {
    let files = TlsFiles::of(&Authority::new().issue());
    files.write_certificate("no PEM");
    assert_refused(
        || host(&files),
        &["certificate.pem holds no certificate", "expected PEM"],
    );
}

#[test]
fn https_without_a_certificate_is_refused() {
    let builder = || token_plugin().property("inference_address", "https://127.0.0.1:0");
    assert_refused(
        builder,
        &["inference_address is https://", "certificate_file=PATH"],
    );
}

#[test]
fn a_certificate_without_https_is_refused() {
    let files = TlsFiles::of(&Authority::new().issue());
    let builder = || token_plugin().tls(&files, &[]);
    assert_refused(
        builder,
        &["certificate_file is set, but no address is https://"],
    );
}

#[test]
fn one_address_with_two_schemes_is_refused() {
    let files = TlsFiles::of(&Authority::new().issue());
    let builder = || {
        token_plugin()
            .tls(&files, &[Listener::Metrics])
            .property("inference_address", "http://127.0.0.1:18443")
            .property("management_address", "https://127.0.0.1:18443")
    };
    assert_refused(
        builder,
        &[
            "inference_address and management_address",
            "different schemes",
        ],
    );
}

#[test]
fn a_java_keystore_is_refused_with_the_commands_that_convert_it() {
    let builder = || Host::builder().property("keystore", "keystore.jks");
    assert_refused(
        builder,
        &[
            "keytool -importkeystore",
            "openssl pkcs12",
            "private_key_file=",
        ],
    );
}

#[test]
fn a_key_that_others_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;

    let files = TlsFiles::of(&Authority::new().issue());
    let for_all = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(files.key(), for_all).expect("the mode can be set");
    let host = host(&files).start();
    let warnings = host
        .log()
        .lines_with("has mode 0644, so that other users can use it: chmod 600");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
}

/// Plain text beyond this machine is warned of; TLS is not.
#[test]
fn only_a_listener_without_tls_beyond_this_machine_is_warned_of() {
    let files = TlsFiles::of(&Authority::new().issue());
    let host = token_plugin()
        .tls(&files, &[])
        .property("inference_address", "https://0.0.0.0:0")
        .property("metrics_address", "http://0.0.0.0:0")
        .start();
    let warnings = host.log().lines_with("can be reached from other machines");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings.iter().all(|line| line.contains("metrics_address")),
        "{warnings:?}"
    );
}
