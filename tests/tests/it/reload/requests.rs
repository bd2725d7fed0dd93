//! Requests that run while their plugin is replaced.

use std::thread;

use integration_tests::{Listener, eventually, get};

use super::{ECHO, TOKEN_PLUGIN, assert_reload, host};

/// The old plugin is shut down after it.
#[test]
fn a_running_call_ends_on_the_old_plugin() {
    let host = host().start();
    let inference = host.keys().inference.key;
    let slow = get("/answers?sleep_ms=1500&body=old").key(&inference);

    thread::scope(|scope| {
        let call = scope.spawn(|| host.connect(Listener::Inference).exchange(&slow));
        let requests = get("/metrics");
        // The check is counted before the call begins, and nothing is between them that waits.
        eventually("the call runs", || {
            let text = host.metrics(&requests).text().to_owned();
            let checks = r#"host_demo_token_checks_total{kind="inference",verdict="allowed"} 1"#;
            text.contains(checks).then_some(())
        });
        host.plugins().remove("fixture-echo");
        assert_reload(&host, &[(ECHO, "removed"), (TOKEN_PLUGIN, "unchanged")]);
        assert_eq!(host.inference(&get("/answers").key(&inference)).status, 404);

        let answer = call.join().expect("an answer");
        assert_eq!((answer.status, answer.text()), (200, "old"));
    });

    let _ = host.log().wait_for_lines_with("told of the shutdown", 1);
    let lines = host.log().lines();
    let place = |text: &str| lines.iter().position(|line| line.contains(text));
    assert!(place("slept as it was asked to") < place("told of the shutdown"));
    assert!(place("generation 2 serves") < place("slept as it was asked to"));
}

/// No other rotation waits for it either.
#[test]
fn a_body_that_does_not_come_holds_no_reload_up() {
    let host = host().start();
    let api = host.keys().api;
    let mut stalled = host.connect(Listener::Management);
    let head = format!(
        "POST /token?type=management HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {api}\r\n\
         Content-Length: 5\r\n\r\nab"
    );
    stalled.send(head.as_bytes());

    host.plugins().install_build("token-plugin", 1);
    assert_reload(&host, &[(ECHO, "unchanged"), (TOKEN_PLUGIN, "took over")]);
    crate::expect::rotate(&host, "inference");

    // The rest of it arrives at the successor, whose keys count.
    let before = host.keys();
    stalled.send(b"cde");
    assert_eq!(stalled.receive().status, 200);
    let after = host.keys();
    assert_ne!(before.management, after.management);
    assert!(crate::expect::opens_management(
        &host,
        &after.management.key
    ));
}
