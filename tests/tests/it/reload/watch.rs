//! `--watch-plugins`: a change of the folder causes a reload.

use integration_tests::{Host, get, post};

use super::{host, never_open};
use crate::expect::{is_denied, opens_inference};

/// A new file, a new build and a removed file; with the flag and with the setting.
#[test]
fn a_change_of_the_folder_reloads() {
    for host in [
        host().argument("--watch-plugins").start(),
        host().property("watch_plugins", "true").start(),
    ] {
        let keys = host.keys();
        never_open(&host, || {
            host.plugins().install_build("token-plugin", 1);
            let _ = host.log().wait_for_lines_with("generation 2 serves", 1);
            host.plugins().install_build("execution-parameters", 0);
            let _ = host.log().wait_for_lines_with("generation 3 serves", 1);
            host.plugins().remove("fixture-echo");
            let _ = host.log().wait_for_lines_with("generation 4 serves", 1);
        });

        assert_eq!(host.keys(), keys);
        assert!(opens_inference(&host, &keys.inference.key));
        let request = get("/responses").key(&keys.inference.key);
        assert_eq!(host.inference(&request).status, 404);
    }
}

/// The failure is logged, and the next change is noticed.
#[test]
fn the_watch_survives_a_reload_that_fails() {
    let host = host().argument("--watch-plugins").start();
    never_open(&host, || {
        host.plugins().remove("token-plugin");
        let _ = host.log().wait_for_lines_with("the reload failed", 1);
        host.plugins().install_build("token-plugin", 1);
        let _ = host.log().wait_for_lines_with("generation 2 serves", 1);
    });
}

#[test]
fn without_it_nothing_happens_by_itself() {
    let host = host().start();
    host.plugins().install_build("fixture-echo", 1);
    let open_reload = post("/plugins/reload");
    assert!(is_denied(&host.management(&open_reload)));
    let tasks = format!("/proc/{}/task", host.pid().as_raw_nonzero());
    let names = std::fs::read_dir(tasks).expect("the threads").map(|task| {
        let name = task.expect("a thread").path().join("comm");
        std::fs::read_to_string(name).unwrap_or_default()
    });
    let names: Vec<_> = names.collect();
    assert!(
        !names
            .iter()
            .any(|name| name.contains("watch") || name.contains("notify")),
        "{names:?}"
    );
}

#[test]
fn without_a_folder_the_start_is_refused() {
    let refusal = Host::builder().argument("--watch-plugins").refused();
    let line = refusal.line();
    assert!(
        line.ends_with(
            "--watch-plugins (watch_plugins=true) watches the plugins folder, and there is none: start with \
             --plugins-path DIR"
        ),
        "{line}"
    );
}

/// It does not wait for a change.
#[test]
fn the_server_ends_in_order() {
    let mut host = host().argument("--watch-plugins").start();
    host.plugins().install_build("fixture-echo", 1);
    assert!(host.stop().success());
    assert!(!host.key_file().exists());
}
