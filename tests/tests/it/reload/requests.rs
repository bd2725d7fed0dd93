//! Requests that run while their plugin is replaced.

use std::thread;

use integration_tests::{Listener, eventually, get};

use super::{ECHO, TOKEN_PLUGIN, assert_reload, host};

/// The old plugin is shut down after the request.
#[test]
fn a_running_call_ends_on_the_old_plugin() {
    let host = host().start();
    let inference = host.keys().inference.key;
    let slow = get("/responses?sleep_ms=1500&body=old").key(&inference);

    thread::scope(|scope| {
        let call = scope.spawn(|| host.connect(Listener::Inference).exchange(&slow));
        let requests = get("/metrics");
        // The check is counted before the call begins, and nothing blocks in between.
        eventually("the call runs", || {
            let text = host.metrics(&requests).text().to_owned();
            let checks = r#"host_demo_token_checks_total{kind="inference",verdict="allowed"} 1"#;
            text.contains(checks).then_some(())
        });
        host.plugins().remove("fixture-echo");
        assert_reload(&host, &[(ECHO, "removed"), (TOKEN_PLUGIN, "unchanged")]);
        assert_eq!(
            host.inference(&get("/responses").key(&inference)).status,
            404
        );

        let response = call.join().expect("a response");
        assert_eq!((response.status, response.text()), (200, "old"));
    });

    let _ = host.log().wait_for_lines_with("on_shutdown called", 1);
    let lines = host.log().lines();
    let position = |text: &str| lines.iter().position(|line| line.contains(text));
    assert!(position("slept as requested") < position("on_shutdown called"));
    assert!(position("generation 2 serves") < position("slept as requested"));
}

/// No other rotation is blocked by it either.
#[test]
fn a_body_that_does_not_arrive_does_not_block_a_reload() {
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

    // The rest of it arrives at the successor, whose keys are valid.
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
