//! `secret-token` replaces the token plugin; the server is the same binary.

use std::{fs, path::Path};

use integration_tests::{Host, HostBuilder, PluginFolder, eventually, get, write_file};

use crate::expect::{opens_inference, opens_management};

const MANAGEMENT: &str = "secret-management-key-0123456789";
const INFERENCE: &str = "secret-inference-key-0123456789";
const API: &str = "secret-api-key-0123456789";

fn write_secret(folder: &Path) {
    write_file(&folder.join("management"), MANAGEMENT.as_bytes());
    write_file(
        &folder.join("inference"),
        format!("{INFERENCE}\n").as_bytes(),
    );
    write_file(&folder.join("api"), API.as_bytes());
}

fn with_secret(folder: &Path) -> HostBuilder {
    Host::builder()
        .plugins(PluginFolder::new().with("secret-token"))
        .property("secret_token_path", &folder.display().to_string())
        .property("secret_token_poll_sec", "0.1")
}

fn remember(host: &Host) {
    for key in [MANAGEMENT, INFERENCE, API] {
        host.remember(key);
    }
}

#[test]
fn it_replaces_the_token_plugin_without_a_rebuild_of_the_host() {
    let secret = tempfile::tempdir().expect("a temporary folder");
    write_secret(secret.path());
    let host_binary = integration_tests::Artifacts::of_the_tests().host();
    let built = fs::metadata(host_binary)
        .and_then(|file| file.modified())
        .expect("the binary");
    let mut before = Host::with_token_plugin();
    assert!(opens_management(&before, &before.keys().management.key));
    assert!(!opens_management(&before, MANAGEMENT));
    assert!(before.stop().success());

    let host = with_secret(secret.path()).start();
    remember(&host);

    assert!(opens_management(&host, MANAGEMENT));
    assert!(!opens_management(&host, INFERENCE));
    assert!(!opens_management(&host, API));
    assert!(opens_inference(&host, INFERENCE));
    assert!(!opens_inference(&host, MANAGEMENT));
    assert!(!host.key_file().exists());
    let still = fs::metadata(host_binary)
        .and_then(|file| file.modified())
        .expect("the binary");
    assert_eq!(built, still);
}

#[test]
fn its_token_endpoint_says_where_keys_come_from() {
    let secret = tempfile::tempdir().expect("a temporary folder");
    write_secret(secret.path());
    let host = with_secret(secret.path()).start();
    remember(&host);

    let response = host.management(&get("/token?type=management").key(API));

    assert_eq!(response.status, 409, "{response:?}");
    assert!(response.text().contains("secret_token_path"));
    assert!(opens_management(&host, MANAGEMENT));
}

/// The new key is valid, the old one is not.
#[test]
fn a_changed_file_is_read_again() {
    let secret = tempfile::tempdir().expect("a temporary folder");
    write_secret(secret.path());
    let host = with_secret(secret.path()).start();
    remember(&host);
    let new = "another-management-key-0123456789";
    host.remember(new);

    // As Kubernetes does it: a new file, then a rename.
    let fresh = secret.path().join(".fresh");
    write_file(&fresh, new.as_bytes());
    fs::rename(&fresh, secret.path().join("management")).expect("a rename");

    eventually("the new key opens", || {
        opens_management(&host, new).then_some(())
    });
    assert!(!opens_management(&host, MANAGEMENT));
    assert!(opens_inference(&host, INFERENCE));
}

/// A file that goes missing or holds an invalid key is a warning.
#[test]
fn an_invalid_file_leaves_the_keys_valid() {
    let secret = tempfile::tempdir().expect("a temporary folder");
    write_secret(secret.path());
    let host = with_secret(secret.path()).start();
    remember(&host);

    write_file(&secret.path().join("inference"), b"short");

    eventually("a warning", || {
        let warnings = host.log().lines_of_level("WARN");
        warnings
            .iter()
            .any(|line| line.contains("inference"))
            .then_some(())
    });
    assert!(opens_inference(&host, INFERENCE));
    assert!(!opens_inference(&host, "short"));
}

#[test]
fn a_folder_without_its_files_aborts_startup() {
    let empty = tempfile::tempdir().expect("a temporary folder");
    let refusal = with_secret(empty.path()).refused();
    let path = empty.path().display().to_string();
    assert!(refusal.line().contains(&path), "{refusal}");

    let refusal = Host::builder()
        .plugins(PluginFolder::new().with("secret-token"))
        .refused();
    assert!(refusal.line().contains("secret_token_path"), "{refusal}");
}
