//! `host-demo plugin check` of plugins that are rejected or misbehave.

use integration_tests::write_file;

use super::{
    check::{check, failed, line},
    library, plugin,
};

#[test]
fn a_plugin_that_the_server_refuses_fails_with_the_same_message() {
    for (package, finding) in [
        (
            "fixture-undeclared",
            "declared endpoints: FAILED: registers the endpoints [undeclared], its manifest says []: list in \
             export_plugin! what the plugin registers",
        ),
        (
            "fixture-none",
            "valid endpoints: FAILED: endpoint \"unserved\" is of type NONE and would not be served: expected \
             INFERENCE, MANAGEMENT or METRIC",
        ),
        (
            "fixture-empty-pattern",
            "valid endpoints: FAILED: an endpoint has an empty url pattern: expected the first segment of a path",
        ),
        (
            "fixture-half-token",
            "token plugin: FAILED: endpoint \"token\" of type MANAGEMENT has no token authorizer: \
             register one with generate_key_file, check_token_authorization and set_time",
        ),
        (
            "fixture-no-endpoint",
            "token plugin: FAILED: a token authorizer has no endpoint: register an endpoint \"token\" \
             of type MANAGEMENT, or let makes_keys return false",
        ),
        (
            "fixture-not-a-plugin",
            "file: FAILED: not a plugin: the entry symbol is missing: export it with plugin_api::export_plugin!",
        ),
    ] {
        let said = check(package, &[]);
        assert_eq!(said.code, Some(1), "{package}");
        assert!(
            failed(&said).contains(&finding),
            "{package}: {}",
            said.output
        );
    }
}

/// No code is run.
#[test]
fn a_text_file_is_one_finding() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("text.so");
    write_file(&file, b"int main() {}");
    let said = plugin(&["check", &file.display().to_string()]);

    assert_eq!(said.code, Some(1));
    let [finding] = failed(&said)[..] else {
        panic!("{}", said.output)
    };
    assert!(
        finding.starts_with(
            "file: FAILED: begins with \"int main() {}\": expected a shared library, "
        ),
        "{finding}"
    );
    assert_eq!(
        line(&said, "verdict"),
        "does not conform to contract 1.2.0: 0 ok, 1 failed, 30 skipped"
    );
}

/// The check that detects it reports it, and the tool continues.
#[test]
fn a_plugin_that_misbehaves_is_reported() {
    for (way, name, why) in [
        (
            "abort",
            "denies no header",
            "the process ended with signal: 6 (SIGABRT)",
        ),
        (
            "thread_local",
            "concurrent checks",
            "the process ended with signal: 6 (SIGABRT)",
        ),
        ("exit", "set_time", "the process ended with exit status: 3"),
        (
            "allow",
            "denies no header",
            "no header is allowed for token, management, inference",
        ),
        (
            "allow_repeated",
            "denies a repeated header",
            "the header twice is allowed for token, management, inference",
        ),
        ("block", "checks do not block", "expected at most 10ms"),
        (
            "unlisted",
            "unlisted methods do not respond",
            "POST /token is implemented and not listed in METHODS",
        ),
        (
            "unimplemented",
            "listed methods respond",
            "GET /token is listed and not implemented",
        ),
        (
            "bad_status",
            "listed methods respond",
            "GET /token: status 99: expected 200 to 599",
        ),
        (
            "open_file",
            "files",
            "a token plugin wrote keys with mode 0644: expected 0600, for its owner only",
        ),
        (
            "home",
            "files",
            "left keys in $HOME: expected files in its working folder, or where a setting names",
        ),
    ] {
        let said = check("fixture-misbehaves", &[&format!("fixture_way={way}")]);
        assert_eq!(said.code, Some(1), "{way}");
        let found = line(&said, name);
        assert!(found.starts_with("FAILED: "), "{way}: {found}");
        assert!(found.contains(why), "{way}: {found}");
    }
}

/// By the time limit.
#[test]
fn a_plugin_that_hangs_is_killed() {
    let file = library("fixture-misbehaves");
    let said = plugin(&[
        "check",
        &file,
        "--setting",
        "fixture_way=hang",
        "--time-limit",
        "1",
    ]);

    assert_eq!(said.code, Some(1));
    assert_eq!(
        failed(&said),
        ["shutdown: FAILED: did not return within 1 s"]
    );
    assert_eq!(line(&said, "drop"), "skipped: not reached");
}

/// Its successor's keys would be in no file.
#[test]
fn a_build_that_deletes_the_key_file_of_its_successor_is_a_finding() {
    let said = check("fixture-misbehaves", &["fixture_way=delete"]);
    for finding in [
        "succession: FAILED: the replaced build deleted the key file of its successor",
        "succession without state: FAILED: the replaced build deleted the key file of its successor",
    ] {
        let mut found = failed(&said).into_iter();
        assert!(
            found.any(|line| line.starts_with(finding)),
            "{}",
            said.output
        );
    }
}
