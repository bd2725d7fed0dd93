//! `host-demo plugin new`. That the token template builds, passes its tests and loads is the test `plugin_guide`.

use std::{fs, process::Command};

use integration_tests::{repository, write_file};

use super::{names, plugin, plugin_in};

fn plugin_api() -> String {
    repository().join("plugin-api").display().to_string()
}

/// The endpoint template builds, passes its own tests and `plugin check`, without a network.
#[test]
fn a_new_endpoint_builds_passes_its_tests_and_conforms() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let said = plugin_in(
        folder.path(),
        &["new", "hello", "--plugin-api", &plugin_api()],
    );
    assert_eq!(said.code, Some(0), "{}", said.errors);
    assert!(
        said.output.starts_with("hello is written; "),
        "{}",
        said.output
    );
    let krate = folder.path().join("hello");
    for arguments in [
        ["test", "--quiet"],
        ["build", "--quiet"],
        ["fmt", "--check"],
    ] {
        let output = Command::new("cargo")
            .args(arguments)
            .current_dir(&krate)
            .env("CARGO_NET_OFFLINE", "true")
            .env(
                "CARGO_BUILD_BUILD_DIR",
                repository().join("target/plugin-guide"),
            )
            .env_remove("CARGO_TARGET_DIR")
            .output()
            .expect("cargo starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cargo {arguments:?}: {errors}");
    }

    let library = krate.join("target/debug/libhello.so").display().to_string();
    let said = plugin(&["check", &library]);
    assert_eq!(said.code, Some(0), "{}", said.output);
    assert!(
        said.output
            .contains("listed methods respond: ok, GET /hello 200\n")
    );
}

/// The token template is formatted as rustfmt would.
#[test]
fn a_new_token_plugin_is_formatted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let arguments = [
        "new",
        "my-token",
        "--kind",
        "token",
        "--plugin-api",
        &plugin_api(),
    ];
    assert_eq!(plugin_in(folder.path(), &arguments).code, Some(0));
    let output = Command::new("cargo")
        .args(["fmt", "--check"])
        .current_dir(folder.path().join("my-token"))
        .output()
        .expect("cargo starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

/// By default it is the contract that the program was built with, as long as its workspace exists.
#[test]
fn the_contract_comes_from_the_workspace_of_the_program() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let said = plugin_in(folder.path(), &["new", "hello"]);

    assert_eq!(said.code, Some(0), "{}", said.errors);
    let expected = format!("hello is written; its plugin-api is {}.\n", plugin_api());
    assert!(said.output.starts_with(&expected), "{}", said.output);
}

/// A registry or a repository is used only if it was given, and always with the package's own name.
#[test]
fn the_contract_comes_from_the_source_that_is_given() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, option, value, expected) in [
        ("one", "--plugin-api-version", "1.0", "version = \"1.0\""),
        (
            "two",
            "--plugin-api-git",
            "https://example.org/server.git",
            "git = \"https://example.org/server.git\"",
        ),
    ] {
        let said = plugin_in(folder.path(), &["new", name, option, value]);
        assert_eq!(said.code, Some(0), "{}", said.errors);
        assert!(said.output.contains(value), "{}", said.output);
        let manifest =
            fs::read_to_string(folder.path().join(name).join("Cargo.toml")).expect("Cargo.toml");
        let line = format!("plugin-api = {{ package = \"endpoint-plugin-api\", {expected} }}\n");
        assert!(manifest.contains(&line), "{manifest}");
        assert!(!manifest.contains("{{"), "{manifest}");
    }
    let both = ["--plugin-api-version", "1.0", "--plugin-api-git", "x"];
    let said = plugin_in(folder.path(), &[&["new", "three"][..], &both].concat());
    assert_eq!(said.code, Some(2), "{}", said.errors);
}

/// An existing file is never overwritten.
#[test]
fn an_existing_folder_or_file_is_left_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(folder.path().join("mine")).expect("a folder");
    write_file(&folder.path().join("file"), b"mine");
    for name in ["mine", "file"] {
        let said = plugin_in(folder.path(), &["new", name]);
        assert_eq!((said.code, said.output.as_str()), (Some(1), ""));
        let expected = format!(
            "folder {name}: File exists (os error 17): expected a name that is not taken\n"
        );
        assert_eq!(said.errors, expected);
    }
    assert_eq!(names(&folder.path().join("mine")), [""; 0]);
}

/// An invalid name or contract: one line, and nothing is written.
#[test]
fn an_invalid_name_or_contract_writes_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (arguments, expected) in [
        (
            &["../up"][..],
            "name \"../up\": expected a letter, then letters, digits, - and _, at most 64 bytes\n",
        ),
        (
            &["std"],
            "name \"std\": it is reserved by Rust or by the contract: choose another one\n",
        ),
        (
            &["hello", "--plugin-api", "no/such"],
            "--plugin-api no/such: No such file or directory (os error 2): expected the folder of the package \
             endpoint-plugin-api\n",
        ),
    ] {
        let said = plugin_in(folder.path(), &[&["new"], arguments].concat());
        assert_eq!(said.code, Some(1));
        assert_eq!(said.errors, expected);
    }
    assert_eq!(names(folder.path()), [""; 0]);
}
