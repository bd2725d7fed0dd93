//! `host-demo plugin inspect`.

use std::fs;

use integration_tests::write_file;

use super::{library, plugin};

#[test]
fn it_prints_the_manifest_digest_size_and_machine() {
    let file = library("token-plugin");
    let said = plugin(&["inspect", &file]);

    assert_eq!((said.code, said.errors.as_str()), (Some(0), ""));
    let lines: Vec<_> = said.output.lines().collect();
    let size = fs::metadata(&file).expect("the library").len();
    assert_eq!(lines[0], format!("file: {file}"));
    assert_eq!(
        lines[1..4],
        ["name: token-plugin", "version: 0.1.0", "contract: 1.2.0"]
    );
    assert!(lines[4].starts_with("compiler: rustc "), "{lines:#?}");
    assert_eq!(lines[5], "endpoint: /token, MANAGEMENT, GET, POST");
    assert_eq!(lines[6], "seal: none");
    assert!(
        lines[7].starts_with("sha256: ") && lines[7].len() == 72,
        "{lines:#?}"
    );
    assert_eq!(lines[8], format!("size: {size} bytes"));
    assert!(lines[9].starts_with("machine: "), "{lines:#?}");
}

#[test]
fn json_has_the_same() {
    let said = plugin(&["inspect", "--json", &library("ping")]);

    assert_eq!(said.code, Some(0));
    let found = said.json();
    assert_eq!(found["name"], "ping");
    assert_eq!(found["endpoints"][0]["url_pattern"], "ping");
    assert_eq!(found["endpoints"][0]["type"], "INFERENCE");
    assert_eq!(found["endpoints"][0]["methods"][0], "GET");
    assert_eq!(found["sha256"].as_str().map(str::len), Some(64));
    assert!(
        found["size_bytes"]
            .as_u64()
            .is_some_and(|size| size > 10_000)
    );
}

#[test]
fn a_library_that_is_not_a_plugin_has_one_line_and_does_not_run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let trace = folder.path().join("the constructor ran");
    let file = library("fixture-not-a-plugin");
    let output = std::process::Command::new(integration_tests::Artifacts::of_the_tests().host())
        .args(["plugin", "inspect", &file])
        .env("FIXTURE_CONSTRUCTOR_FILE", &trace)
        .output()
        .expect("the host runs");

    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let expected = format!(
        "plugin {file}: not a plugin: the entry symbol is missing: export it with plugin_api::export_plugin!\n"
    );
    assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
    assert!(!trace.exists());
}

/// Files that are not libraries, and missing files.
#[test]
fn any_other_file_has_one_line() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = folder.path().join("text.so");
    write_file(&text, b"int main() {}");
    let text = text.display().to_string();

    let said = plugin(&["inspect", &text]);
    assert_eq!(said.code, Some(1));
    assert!(
        said.errors.starts_with(&format!(
            "plugin {text}: begins with \"int main() {{}}\": expected a shared library, "
        )),
        "{}",
        said.errors
    );
    assert_eq!(said.errors.lines().count(), 1);

    let missing = plugin(&["inspect", "/no/such/file.so"]);
    assert_eq!(missing.code, Some(1));
    assert_eq!(
        missing.errors,
        "plugin /no/such/file.so: No such file or directory (os error 2)\n"
    );

    let json = plugin(&["inspect", "--json", &text]);
    assert_eq!((json.code, json.errors.as_str()), (Some(1), ""));
    assert_eq!(json.json()["error"], said.errors.trim_end());
}
