//! Files that the configuration names: read once if they are regular, refused otherwise.

use std::{path::Path, process::Command};

use integration_tests::{Host, HostBuilder, PluginFolder, post, repository};
use tempfile::TempDir;

/// A pipe without a writer, which would make whoever opens it wait.
fn pipe(folder: &Path, name: &str) -> String {
    let path = folder.join(name);
    let made = Command::new("mkfifo").arg(&path).status();
    assert!(made.expect("mkfifo runs").success());
    path.display().to_string()
}

/// How to start a host with a setting that names a file.
type With = fn(HostBuilder, &str) -> HostBuilder;

const SETTINGS: [(&str, With); 7] = [
    ("ts-config", |host, path| {
        host.variable("TS_CONFIG_FILE", path)
    }),
    ("plugins_allow", |host, path| {
        host.plugins(PluginFolder::new())
            .property("plugins_allow", path)
    }),
    ("plugins_public_key", |host, path| {
        host.plugins(PluginFolder::new())
            .property("plugins_public_key", path)
    }),
    ("certificate_file", |host, path| {
        host.property("inference_address", "https://127.0.0.1:0")
            .property("certificate_file", path)
            .property("private_key_file", path)
    }),
    ("upstream_ca_file", |host, path| {
        host.upstream("https://127.0.0.1:9", "vllm")
            .argument("--disable-token-auth")
            .property("upstream_ca_file", path)
    }),
    ("upstream_profile_file", |host, path| {
        host.property("upstream", "http://127.0.0.1:9")
            .argument("--disable-token-auth")
            .property("upstream_profile_file", path)
    }),
    ("upstream_authorization", |host, path| {
        host.upstream("http://127.0.0.1:9", "vllm")
            .argument("--disable-token-auth")
            .property("upstream_authorization", &format!("file:{path}"))
    }),
];

#[track_caller]
fn assert_refused(setting: &str, with: With, path: &str, found: &str) {
    let line = with(Host::builder(), path).refused().line();
    let expected = format!("{found}: expected a regular file");
    assert!(
        line.contains(path) && line.contains(&expected),
        "{setting}: {line}"
    );
}

/// One line with the file and what was expected; the start does not wait for a writer.
#[test]
fn a_pipe_is_refused_at_once() {
    let folder = TempDir::new().expect("a folder");
    for (setting, with) in SETTINGS {
        assert_refused(setting, with, &pipe(folder.path(), setting), "a pipe");
    }
}

#[test]
fn a_device_and_a_folder_are_refused() {
    for (setting, with) in SETTINGS {
        assert_refused(setting, with, "/dev/zero", "a device");
        assert_refused(setting, with, "/usr", "a folder");
    }
}

#[test]
fn a_pipe_in_the_model_store_blocks_no_change_of_a_model() {
    let folder = TempDir::new().expect("a folder");
    let model = repository().join("models/digits/digits.onnx");
    std::fs::copy(model, folder.path().join("digits.onnx")).expect("a copy");
    pipe(folder.path(), "pipe.onnx");
    let host = Host::builder()
        .argument("--model-store")
        .argument(folder.path())
        .start();

    let refused = host.management(&post("/models?url=pipe.onnx"));
    assert_eq!(refused.status, 400, "{refused:?}");
    assert!(refused.text().contains("a pipe: expected a regular file"));
    let registered = host.management(&post("/models?url=digits.onnx"));
    assert_eq!(registered.status, 200, "{registered:?}");
}
