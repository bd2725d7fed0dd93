//! A panic in any function of a plugin neither ends the server nor allows a request.

use integration_tests::{Host, Listener, Request, get};

use super::{API_KEY, INFERENCE_KEY, MANAGEMENT_KEY, panics_in};
use crate::expect::assert_denied;

#[track_caller]
fn assert_only_the_keys_are_accepted(host: &Host) {
    assert_denied(&host.inference(&get("/ping")));
    assert_denied(&host.management(&get("/models").key(INFERENCE_KEY)));
    assert_eq!(host.inference(&get("/ping").key(INFERENCE_KEY)).status, 200);
    assert_eq!(
        host.management(&get("/models").key(MANAGEMENT_KEY)).status,
        200
    );
}

#[track_caller]
fn assert_aborts_startup(function: &str) {
    let refusal = panics_in(function).refused();
    assert!(refusal.log.lines_with("listens on").is_empty(), "{refusal}");
    assert!(refusal.log.text().contains("panics"), "{refusal}");
}

#[track_caller]
fn assert_is_500(function: &str, method: &str) {
    let host = panics_in(function).start();
    let request = Request::new(method, "/panics").key(INFERENCE_KEY);

    for _ in 0..3 {
        let response = host.inference(&request);
        assert_eq!(response.status, 500, "{response:?}");
        assert_eq!(response.json()["code"], 500);
        assert!(!response.text().contains("src/"), "{response:?}");
    }
    assert_only_the_keys_are_accepted(&host);
}

#[test]
fn in_open_aborts_startup() {
    assert_aborts_startup("open");
}

#[test]
fn in_set_time_aborts_startup() {
    assert_aborts_startup("set_time");
}

#[test]
fn in_generate_key_file_aborts_startup() {
    assert_aborts_startup("generate_key_file");
}

#[test]
fn in_get_is_500() {
    assert_is_500("get", "GET");
}

#[test]
fn in_post_is_500() {
    assert_is_500("post", "POST");
}

#[test]
fn in_put_is_500() {
    assert_is_500("put", "PUT");
}

#[test]
fn in_delete_is_500() {
    assert_is_500("delete", "DELETE");
}

/// The destructor of the panic value panics, too.
#[test]
fn with_a_payload_that_panics_when_dropped_is_500() {
    assert_is_500("payload", "GET");
}

/// With every key, and the server goes on.
#[test]
fn in_the_check_denies() {
    for function in ["check", "check_payload"] {
        let host = panics_in(function).start();

        for _ in 0..3 {
            for key in [INFERENCE_KEY, MANAGEMENT_KEY, API_KEY, "wrong"] {
                assert_denied(&host.inference(&get("/ping").key(key)));
                assert_denied(&host.inference(&get("/panics").key(key)));
                assert_denied(&host.management(&get("/models").key(key)));
                assert_denied(&host.management(&get("/token?type=inference").key(key)));
            }
        }
        assert_eq!(host.send(Listener::Metrics, &get("/ping")).status, 200);
    }
}

/// Many requests on many connections.
#[test]
fn in_the_check_denies_under_load() {
    let host = panics_in("check").start();

    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut connection = host.connect(Listener::Inference);
                for _ in 0..25 {
                    assert_denied(&connection.exchange(&get("/ping").key(INFERENCE_KEY)));
                }
            });
        }
    });
}

/// The panic is logged.
#[test]
fn at_shutdown_does_not_change_how_the_server_ends() {
    let mut host = panics_in("shutdown").start();
    assert_only_the_keys_are_accepted(&host);

    let status = host.stop();

    assert!(status.success(), "{status}\n{}", host.log().text());
    assert!(
        !host
            .log()
            .lines_with("fixture panics in shutdown")
            .is_empty()
    );
}

#[test]
fn when_dropped_does_not_change_how_the_server_ends() {
    let mut host = panics_in("drop").start();
    assert_only_the_keys_are_accepted(&host);

    let status = host.stop();

    assert!(status.success(), "{status}\n{}", host.log().text());
}

/// In the format of the log, without a key.
#[test]
fn a_panic_is_logged_with_the_plugins_name() {
    let host = panics_in("check").start();
    for key in [INFERENCE_KEY, MANAGEMENT_KEY, API_KEY] {
        host.remember(key);
        assert_denied(&host.inference(&get("/ping").key(key)));
    }

    let lines = host.log().wait_for_lines_with("fixture panics in check", 3);
    assert!(
        lines.iter().all(|line| line.contains("fixture-panics")),
        "{lines:#?}"
    );
}
