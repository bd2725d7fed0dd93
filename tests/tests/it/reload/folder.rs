//! New, changed and removed files, both after SIGHUP and after `POST /plugins/reload`.

use integration_tests::{build_of, get, write_file};

use super::{ECHO, TOKEN_PLUGIN, assert_reload, hang_up, host, never_open};

#[test]
fn an_unchanged_folder_keeps_the_generation() {
    let host = host().start();

    assert_reload(&host, &[(ECHO, "unchanged"), (TOKEN_PLUGIN, "unchanged")]);

    assert!(hang_up(&host).ends_with("generation 1 serves"));
    assert!(host.log().lines_with("on_shutdown called").is_empty());
}

/// The others are unchanged.
#[test]
fn a_new_file_serves() {
    let host = host().start();
    let request = get("/ping").key(&host.keys().inference.key);
    assert_eq!(host.inference(&request).json()["status"], "Healthy");

    never_open(&host, || {
        host.plugins().install_build("execution-parameters", 0);
        let expected = [
            ("libexecution_parameters.so", "added"),
            (ECHO, "unchanged"),
            (TOKEN_PLUGIN, "unchanged"),
        ];
        assert_reload(&host, &expected);
    });

    let request = get("/execution-parameters").key(&host.keys().inference.key);
    assert_eq!(host.inference(&request).status, 200);
}

#[test]
fn a_changed_file_is_replaced_and_a_removed_one_ends() {
    let host = host().start();
    let request = get("/responses?body=here").key(&host.keys().inference.key);

    never_open(&host, || {
        host.plugins().install_build("fixture-echo", 1);
        assert_reload(&host, &[(ECHO, "replaced"), (TOKEN_PLUGIN, "unchanged")]);
        assert_eq!(host.inference(&request).text(), "here");
        let _ = host.log().wait_for_lines_with("on_shutdown called", 1);

        host.plugins().remove("fixture-echo");
        assert_reload(&host, &[(ECHO, "removed"), (TOKEN_PLUGIN, "unchanged")]);
        assert_eq!(host.inference(&request).status, 404);
        let _ = host.log().wait_for_lines_with("on_shutdown called", 2);
    });
}

/// The log reports it, file by file.
#[test]
fn sighup_reads_the_folder_again() {
    let host = host().start();
    host.plugins().install_build("fixture-echo", 1);
    host.plugins().install_build("execution-parameters", 0);

    assert!(hang_up(&host).ends_with("generation 2 serves"));

    for (file, outcome) in [
        ("libexecution_parameters.so", "added"),
        (ECHO, "replaced"),
        (TOKEN_PLUGIN, "unchanged"),
    ] {
        let line = format!("{file}: {outcome}");
        assert_eq!(host.log().lines_with(&line).len(), 1, "{line}");
    }
    let request = get("/execution-parameters").key(&host.keys().inference.key);
    assert_eq!(host.inference(&request).status, 200);

    host.plugins().remove("execution-parameters");
    assert!(hang_up(&host).ends_with("generation 3 serves"));
    assert_eq!(host.inference(&request).status, 404);
}

/// The server runs a copy.
#[test]
fn a_file_that_is_overwritten_in_place_does_no_harm() {
    let host = host().start();
    let keys = host.keys();
    for package in ["token-plugin", "fixture-echo"] {
        let path = host.plugins().library(package);
        write_file(&path, &[0; 4096]);
        assert_eq!(
            host.inference(&get("/responses").key(&keys.inference.key))
                .status,
            200
        );
        write_file(&path, &build_of(package, 2));
    }

    crate::expect::rotate(&host, "inference");
    assert_reload(&host, &[(ECHO, "replaced"), (TOKEN_PLUGIN, "took over")]);
    crate::expect::rotate(&host, "inference");
}

#[test]
fn a_plugin_that_was_replaced_just_before_the_end_is_shut_down() {
    let mut host = host().start();
    host.plugins().install_build("fixture-echo", 1);
    assert_reload(&host, &[(ECHO, "replaced"), (TOKEN_PLUGIN, "unchanged")]);

    assert!(host.stop().success());

    let lines = host.log().lines_with("on_shutdown called");
    assert_eq!(lines.len(), 2, "{}", host.log().text());
}
