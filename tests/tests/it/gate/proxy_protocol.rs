//! The PROXY protocol in front of HTTP: the client that it names is seen in the access log.

use integration_tests::{Connection, Host, HostBuilder, Listener, PluginFolder, eventually, get};

use super::head;

fn behind(proxies: &str) -> HostBuilder {
    Host::builder()
        .plugins(PluginFolder::new().with("token-plugin"))
        .argument("--access-log")
        .property("proxy_protocol", "true")
        .property("trusted_proxies", proxies)
}

fn ping_after(host: &Host, header: &[u8]) -> Connection {
    let mut connection = host.connect(Listener::Inference);
    let ping = head(host, "GET /ping HTTP/1.1", &["Host: gateway"]);
    connection.send(&[header, ping.as_bytes()].concat());
    connection
}

/// The client in the access log after a request of a trusted proxy.
fn logged(header: &[u8]) -> String {
    let mut host = behind("127.0.0.1").start();
    assert_eq!(ping_after(&host, header).receive().status, 200);
    host.stop();
    let lines = host.log().lines_with("\"GET /ping HTTP/1.1\" 200");
    let line = lines.first().expect("a line for the request");
    let (_, client) = line.split_once(" - /").expect("an address");
    client.split(' ').next().unwrap_or_default().to_owned()
}

/// A sample of the metrics, which are behind the same proxy.
fn metric(host: &Host, name: &str) -> Option<String> {
    let mut connection = host.connect(Listener::Metrics);
    connection.send(b"PROXY UNKNOWN\r\n");
    let response = connection.exchange(&get("/metrics"));
    let mut lines = response.text().lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map(str::to_owned)
}

#[test]
fn both_versions_name_the_client() {
    let version_1 = b"PROXY TCP4 192.0.2.1 10.0.0.1 4711 8080\r\n";
    assert_eq!(logged(version_1), "192.0.2.1:4711");
    let version_2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\x0a\0\0\x01\x12\x67\x1f\x90";
    assert_eq!(logged(version_2), "192.0.2.1:4711");
    assert!(logged(b"PROXY UNKNOWN\r\n").starts_with("127.0.0.1:"));
}

#[test]
fn a_trusted_proxy_without_a_header_is_not_served() {
    let host = behind("127.0.0.1").start();
    for header in [
        &b""[..],
        b"PROXY TCP4 x\r\n",
        b"PROXY TCP4 192.0.2.1 10.0.0.1 4711 99999\r\n",
    ] {
        let mut connection = ping_after(&host, header);
        assert!(connection.try_receive(false).is_err(), "{header:?}");
    }
    let refusals = metric(&host, "host_demo_proxy_header_refusals_total");
    assert_eq!(refusals.as_deref(), Some("3"));
}

#[test]
fn a_header_that_comes_too_late_closes_the_connection() {
    let host = behind("127.0.0.1")
        .property("header_timeout_sec", "1")
        .start();
    let mut late = host.connect(Listener::Inference);
    late.send(b"PROXY TCP4 ");
    assert!(late.ends());
    let name = "host_demo_limit_refusals_total{limit=\"header_timeout_sec\"}";
    eventually("it is counted", || {
        (metric(&host, name).as_deref() == Some("1")).then_some(())
    });
}

#[test]
fn the_header_of_anybody_else_is_not_read() {
    let host = behind("192.0.2.9").start();
    let header = b"PROXY TCP4 192.0.2.1 10.0.0.1 4711 8080\r\n";
    assert_eq!(ping_after(&host, header).receive().status, 400);
    assert_eq!(ping_after(&host, b"").receive().status, 200);
}

#[test]
fn a_header_that_does_not_come_delays_no_shutdown() {
    let mut host = behind("127.0.0.1")
        .property("header_timeout_sec", "600")
        .property("shutdown_timeout_sec", "600")
        .start();
    let _silent = host.connect(Listener::Inference);
    assert_eq!(
        ping_after(&host, b"PROXY UNKNOWN\r\n").receive().status,
        200
    );
    assert!(host.stop().success());
}

#[test]
fn without_trusted_proxies_it_aborts_startup() {
    let ended = behind("").refused();
    assert!(
        ended
            .line()
            .contains("proxy_protocol needs the addresses of the proxies")
    );
}
