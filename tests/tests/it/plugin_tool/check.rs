//! `host-demo plugin check`.

use std::fs;

use integration_tests::write_file;

use super::{ToolOutput, library, names, plugin};

const NOT_A_TOKEN_PLUGIN: &str = "skipped: not a token plugin";

pub(super) fn check(package: &str, settings: &[&str]) -> ToolOutput {
    let file = library(package);
    let mut arguments = vec!["check", file.as_str()];
    for setting in settings {
        arguments.extend(["--setting", setting]);
    }
    plugin(&arguments)
}

/// The line of one check, without its name.
#[track_caller]
pub(super) fn line<'a>(said: &'a ToolOutput, check: &str) -> &'a str {
    let mut lines = said.output.lines();
    lines
        .find_map(|line| line.strip_prefix(check)?.strip_prefix(": "))
        .unwrap_or_else(|| panic!("no line {check:?} in\n{}\n{}", said.output, said.errors))
}

/// The checks that failed, each with the reason.
pub(super) fn failed(said: &ToolOutput) -> Vec<&str> {
    let lines = said.output.lines();
    lines.filter(|line| line.contains(": FAILED")).collect()
}

#[track_caller]
fn assert_conforms(said: &ToolOutput) {
    assert_eq!(failed(said), [""; 0], "{}", said.output);
    assert_eq!(said.code, Some(0), "{}", said.errors);
    let verdict = line(said, "verdict");
    assert!(
        verdict.starts_with("conforms to contract 1.2.0: "),
        "{verdict}"
    );
}

/// `fixture-panics`, with keys, panicking in one function.
fn panics_in(function: &str) -> ToolOutput {
    let function = format!("fixture_panic_in={function}");
    check(
        "fixture-panics",
        &[
            &function,
            "fixture_management_key=fixture-management-key-0123456789",
            "fixture_inference_key=fixture-inference-key-0123456789",
            "fixture_api_key=fixture-api-key-0123456789",
        ],
    )
}

/// None is skipped.
#[test]
fn the_token_plugin_conforms_in_every_check() {
    let said = check("token-plugin", &[]);

    assert_conforms(&said);
    assert_eq!(
        line(&said, "verdict"),
        "conforms to contract 1.2.0: 30 ok, 0 failed, 1 skipped"
    );
    assert_eq!(
        line(&said, "file"),
        "ok, token-plugin 0.1.0, contract 1.2.0"
    );
    assert_eq!(
        line(&said, "opens"),
        "ok, reads token_api_returns_key, token_key_bytes, token_key_file, token_rotate_before_expiry_min"
    );
    assert_eq!(line(&said, "concurrent checks"), "ok, 32000 in 8 threads");
    assert_eq!(line(&said, "succession"), "ok, took over");
    assert_eq!(
        line(&said, "succession without state"),
        "ok, started without state"
    );
    assert_eq!(
        line(&said, "listed methods respond"),
        "ok, GET /token 400, POST /token 400"
    );
    assert_eq!(
        line(&said, "files"),
        "ok, wrote key_file.json, key_file.json.lock, left none"
    );
}

/// It has no key file of its own.
#[test]
fn the_secret_token_plugin_conforms() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, key) in [
        ("management", "management-key-01"),
        ("inference", "inference-key-012"),
        ("api", "api-key-012345678"),
    ] {
        write_file(&folder.path().join(name), key.as_bytes());
    }
    let said = check(
        "secret-token",
        &[&format!("secret_token_path={}", folder.path().display())],
    );

    assert_conforms(&said);
    assert_eq!(
        line(&said, "own keys are valid for their own kind"),
        "skipped: no file with keys in TorchServe's form in the working folder"
    );
    assert_eq!(line(&said, "files"), "ok, wrote none");
    assert_eq!(names(folder.path()), ["api", "inference", "management"]);
}

/// It needs a setting that is not set.
#[test]
fn a_plugin_that_fails_to_open_is_reported_and_later_checks_are_skipped() {
    let said = check("secret-token", &[]);

    assert_eq!(said.code, Some(1));
    assert_eq!(
        failed(&said),
        [
            "opens: FAILED: secret-token cannot be opened: secret_token_path is not set: expected the folder that \
          holds the files management, inference and api"
        ]
    );
    assert_eq!(line(&said, "shutdown"), "skipped: not reached");
    assert_eq!(
        line(&said, "verdict"),
        "does not conform to contract 1.2.0: 4 ok, 1 failed, 26 skipped"
    );
}

#[test]
fn the_samples_conform_and_the_token_checks_are_skipped() {
    for (package, detail) in [
        ("ping", "ok, GET /ping 200"),
        ("execution-parameters", "ok, GET /execution-parameters 200"),
        ("model-ready", "ok, GET /model-ready 503"),
    ] {
        let said = check(package, &[]);
        assert_conforms(&said);
        assert_eq!(line(&said, "listed methods respond"), detail);
        assert_eq!(line(&said, "set_time"), NOT_A_TOKEN_PLUGIN);
        assert_eq!(line(&said, "checks do not block"), NOT_A_TOKEN_PLUGIN);
    }
}

/// The fixture is correct if it does not panic.
#[test]
fn a_token_plugin_without_a_key_file_conforms() {
    let said = check(
        "fixture-panics",
        &[
            "fixture_management_key=fixture-management-key-0123456789",
            "fixture_inference_key=fixture-inference-key-0123456789",
            "fixture_api_key=fixture-api-key-0123456789",
        ],
    );
    assert_conforms(&said);
}

/// During the check in which it happened, and once more at the end.
#[test]
fn a_panic_is_a_finding_even_though_it_is_contained() {
    for (function, check, why) in [
        (
            "get",
            "listed methods respond",
            "GET /panics: the plugin panicked: fixture panics in get",
        ),
        (
            "delete",
            "listed methods respond",
            "DELETE /panics: the plugin panicked: fixture panics in delete",
        ),
        (
            "payload",
            "listed methods respond",
            "GET /panics: the plugin panicked",
        ),
        (
            "set_time",
            "set_time",
            "the plugin panicked: fixture panics in set_time",
        ),
        (
            "generate_key_file",
            "generate_key_file",
            "the plugin panicked: fixture panics in generate_key_file",
        ),
        ("check", "denies no header", "fixture panics in check"),
        ("check", "concurrent checks", "fixture panics in check"),
        ("shutdown", "shutdown", "fixture panics in shutdown"),
        ("drop", "drop", "fixture panics in drop"),
    ] {
        let said = panics_in(function);
        assert_eq!(said.code, Some(1), "{function}");
        let found = line(&said, check);
        assert!(
            found.starts_with("FAILED: ") && found.ends_with(why),
            "{function}: {found}"
        );
        let summary = line(&said, "no panics");
        assert!(
            summary.starts_with("FAILED: ") && summary.contains("all contained"),
            "{function}: {summary}"
        );
        assert_eq!(line(&said, "process ends"), "ok", "{function}");
    }
}

#[test]
fn a_panic_in_the_opening_function_is_reported() {
    let said = panics_in("open");

    assert_eq!(
        failed(&said),
        [
            "opens: FAILED: fixture-panics cannot be opened: the plugin panicked: fixture panics in open"
        ]
    );
}

#[test]
fn json_has_the_same() {
    let file = library("fixture-undeclared");
    let said = plugin(&["check", "--json", &file]);

    assert_eq!(said.code, Some(1));
    let report = said.json();
    assert_eq!(report["file"], file.as_str());
    assert_eq!(report["conforms"], false);
    let checks = report["checks"].as_array().expect("checks");
    let outcomes = |wanted: &str| {
        let these = checks.iter().filter(|check| check["outcome"] == wanted);
        these.count()
    };
    assert_eq!(checks.len(), 31);
    assert_eq!(
        (outcomes("ok"), outcomes("failed"), outcomes("skipped")),
        (16, 1, 14)
    );
    assert_eq!(checks[0]["check"], "file");
    assert_eq!(checks[3]["outcome"], "failed");
}

/// Neither in the working folder nor in the one for temporary files.
#[test]
fn a_check_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let temporary = folder.path().join("tmp");
    let here = folder.path().join("here");
    fs::create_dir(&temporary).expect("a folder");
    fs::create_dir(&here).expect("a folder");
    for way in ["none", "abort"] {
        let output =
            std::process::Command::new(integration_tests::Artifacts::of_the_tests().host())
                .args(["plugin", "check", &library("fixture-misbehaves")])
                .arg(format!("--setting=fixture_way={way}"))
                .current_dir(&here)
                .env("TMPDIR", &temporary)
                .output()
                .expect("the host runs");
        assert_eq!(
            output.status.code(),
            Some(i32::from(way != "none")),
            "{output:?}"
        );
        assert_eq!(names(&temporary), [""; 0]);
        assert_eq!(names(&here), [""; 0]);
    }
}

fn check_keyless(credentials: &str, kind: &[&str]) -> ToolOutput {
    let setting = format!("--setting=fixture_credentials={credentials}");
    let file = library("fixture-keyless");
    plugin(&[&["check", &file, &setting][..], kind].concat())
}

/// Every check that needs a key of the plugin is skipped, and reports so.
#[test]
fn a_plugin_for_tokens_of_another_issuer_conforms() {
    for kind in [&[][..], &["--kind", "tokens"]] {
        let said = check_keyless("token", kind);
        assert_conforms(&said);
        assert_eq!(line(&said, "token plugin"), "ok, makes no keys");
        assert_eq!(line(&said, "set_time"), "ok");
        for check in ["generate_key_file", "own keys are valid for their own kind"] {
            assert_eq!(line(&said, check), "skipped: makes no keys");
        }
        for check in [
            "denies no header",
            "denies a malformed header",
            "denies an unknown key",
            "denies a repeated header",
            "denies an unknown token type",
            "repeated checks agree",
        ] {
            assert_eq!(line(&said, check), "ok");
        }
        let blocking = line(&said, "checks do not block");
        assert!(!blocking.contains("keys were made"), "{blocking}");
    }
}

#[test]
fn a_plugin_that_checks_no_header_conforms() {
    let said = check_keyless("address", &["--kind", "none"]);
    assert_conforms(&said);
    assert_eq!(line(&said, "ignores the Authorization header"), "ok");
    assert_eq!(line(&said, "denies an unknown token type"), "ok");
    for check in [
        "denies no header",
        "denies a malformed header",
        "denies an unknown key",
        "denies a repeated header",
    ] {
        assert_eq!(
            line(&said, check),
            "skipped: the credentials are not in the Authorization header"
        );
    }
}

/// It is reported unless an argument says that this is intended.
#[test]
fn a_plugin_that_allows_every_request_does_not_conform() {
    let said = check_keyless("anything", &[]);
    assert_eq!(said.code, Some(1));
    assert_eq!(
        line(&said, "denies no header"),
        "FAILED: no header is allowed for token, management, inference: give --kind none if the credentials are not in \
         the Authorization header"
    );
}

#[test]
fn a_plugin_of_another_kind_than_requested_fails() {
    let said = check_keyless("token", &["--kind", "keys"]);
    assert_eq!(
        line(&said, "token plugin"),
        "FAILED: makes no keys: expected another --kind, or makes_keys that returns true"
    );
    let said = check_keyless("token", &["--kind", "none"]);
    assert_eq!(
        line(&said, "ignores the Authorization header"),
        "FAILED: the Authorization header changes the verdict for token: expected --kind tokens"
    );
    let said = plugin(&["check", &library("token-plugin"), "--kind", "tokens"]);
    assert_eq!(
        line(&said, "token plugin"),
        "FAILED: makes keys: expected --kind keys, or makes_keys that returns false"
    );
    let said = plugin(&["check", &library("ping"), "--kind", "keys"]);
    assert_eq!(
        line(&said, "token plugin"),
        "FAILED: registers no token authorizer"
    );
}

#[test]
fn a_setting_without_a_key_is_refused() {
    for setting in ["nothing", "=x"] {
        let said = check("ping", &[setting]);
        assert_eq!(said.code, Some(2), "{setting}");
        assert!(said.errors.contains("KEY=VALUE"), "{}", said.errors);
    }
}
