//! Replicas that are down: they get no requests, and are tried again.

use super::*;

/// One failure ejects a replica until the end of the test.
fn ejected_at_once(urls: &[&str]) -> HostBuilder {
    unprobed(urls)
        .property("upstream_failures_max", "1")
        .property("upstream_ejection_sec", "3600")
        .property("upstream_ejection_max_sec", "3600")
}

#[test]
fn a_replica_that_fails_too_often_gets_no_requests() {
    let server = HttpUpstream::start();
    let refusing = refusing_url();
    let host = ejected_at_once(&[&refusing, &server.url()])
        .property("upstream_failures_max", "2")
        .start();
    for _ in 0..12 {
        assert_completes(&host);
    }
    let failures = "upstream_failures_total{upstream=\"upstream\",reason=\"connect\"}";
    assert_eq!(metric(&host, failures), 2);
    let ejections = of_replica("ejections_total", &refusing);
    assert_eq!(metric(&host, &ejections), 1);
    assert_eq!(metric(&host, &of_replica("healthy", &refusing)), 0);
    assert_eq!(metric(&host, &of_replica("healthy", &server.url())), 1);
    let lines = host.log().wait_for_lines_with("is down", 1);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("[WARN"), "{lines:?}");
    assert!(
        lines[0].contains(&format!(
            "upstream {refusing} is down: too many requests in a row failed, last: cannot connect"
        )),
        "{lines:?}"
    );
    // One that is up is enough.
    assert_eq!(host.metrics(&get("/ping")).status, 200);
    assert_eq!(host.metrics(&get("/ready")).status, 200);
}

#[test]
fn a_gateway_that_responds_502_is_ejected_and_its_response_passed_on() {
    let servers = [HttpUpstream::start(), HttpUpstream::start()];
    let host = ejected_at_once(&[&servers[0].url(), &servers[1].url()]).start();
    let mut client = host.connect(Listener::Inference);
    client.send(&completion(&host).header("x-behaviour", "test").to_bytes());
    let failing = eventually("the request arrives", || {
        servers.iter().find(|server| completions(server) == 1)
    });
    let mut exchange = failing.next_exchange();
    exchange.respond(502, &[("x-from", "replica")]);
    exchange.finish();
    let response = client.receive();
    assert_eq!(response.status, 502);
    assert_eq!(response.header("x-from"), Some("replica"));
    for _ in 0..4 {
        assert_completes(&host);
    }
    assert_eq!(completions(failing), 1);
}

#[test]
fn without_a_replica_that_is_up_a_request_is_503_with_retry_after() {
    let urls = [refusing_url(), refusing_url()];
    let host = ejected_at_once(&urls.each_ref().map(String::as_str)).start();
    assert_eq!(complete(&host).status, 502);
    for _ in 0..3 {
        let response = complete(&host);
        assert_eq!(response.status, 503, "{response:?}");
        assert_eq!(response.header("retry-after"), Some("1"));
        assert_eq!(response.json()["type"], "ServiceUnavailableException");
    }
    let refused = "upstream_failures_total{upstream=\"upstream\",reason=\"no_replica\"}";
    assert_eq!(metric(&host, refused), 3);

    let ping = host.metrics(&get("/ping"));
    assert_eq!(
        (ping.status, &ping.json()["status"]),
        (500, &"Unhealthy".into())
    );
    let ready = host.metrics(&get("/ready"));
    assert_eq!(ready.status, 503);
    assert_eq!(
        ready.json()["message"],
        "Not ready: no address of upstream is up"
    );
}

/// Its response says more than what is remembered of it.
#[test]
fn the_only_replica_is_always_tried() {
    let server = HttpUpstream::start();
    let (address, url) = (address(&server), server.url());
    let host = ejected_at_once(&[&url]).start();
    drop(server);
    for _ in 0..5 {
        let response = complete(&host);
        assert_eq!(response.status, 502, "{response:?}");
    }
    let _server = HttpUpstream::start_at(address);
    assert_completes(&host);
    assert!(host.log().lines_with("is down").is_empty());
}

#[test]
fn a_replica_that_was_killed_gets_requests_again_after_its_restart() {
    let (killed, server) = (HttpUpstream::start(), HttpUpstream::start());
    let (address, url) = (address(&killed), killed.url());
    let host = unprobed(&[&url, &server.url()])
        .property("upstream_failures_max", "1")
        .property("upstream_ejection_sec", "1")
        .start();
    eventually("both have requests", || {
        assert_completes(&host);
        (completions(&killed) > 0 && completions(&server) > 0).then_some(())
    });
    drop(killed);
    let healthy = of_replica("healthy", &url);
    eventually("it is ejected", || {
        // Nothing is lost: what could not be sent goes to the other one.
        assert_completes(&host);
        (metric(&host, &healthy) == 0).then_some(())
    });

    let restarted = HttpUpstream::start_at(address);
    eventually("it gets requests", || {
        assert_completes(&host);
        (completions(&restarted) > 0).then_some(())
    });
    assert_eq!(metric(&host, &healthy), 1);
    let down = host
        .log()
        .wait_for_lines_with(&format!("upstream {url} is down: "), 1);
    let up = host
        .log()
        .wait_for_lines_with(&format!("upstream {url} is up again: it responds"), 1);
    assert_eq!((down.len(), up.len()), (1, 1), "{down:?} {up:?}");
    assert!(
        down[0].contains("[WARN") && up[0].contains("[INFO"),
        "{down:?} {up:?}"
    );
}
