//! Clients with TLS, in front of an upstream.

use integration_tests::{
    Authority, ClientExchange, Connection, Host, Listener, TlsClient, TlsFiles, get,
    http2::Http2Connection, post, upstream::HttpUpstream,
};

use super::{behaving, in_front_of, inference};
use crate::expect::assert_denied;

struct Proxied {
    upstream: HttpUpstream,
    host: Host,
    client: TlsClient,
    _files: TlsFiles,
}

fn with_tls() -> Proxied {
    let authority = Authority::new();
    let files = TlsFiles::of(&authority.issue());
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .tls(&files, &[Listener::Inference])
        .start();
    Proxied {
        upstream,
        host,
        client: TlsClient::trusting(&authority),
        _files: files,
    }
}

impl Proxied {
    fn http1(&self) -> Connection {
        let address = self.host.address(Listener::Inference);
        Connection::try_open_encrypted(address, &self.client).expect("a handshake")
    }

    fn http2(&self) -> Http2Connection {
        let address = self.host.address(Listener::Inference);
        let client = self.client.offering(&["h2"]);
        Http2Connection::try_open_encrypted(address, &client).expect("a handshake")
    }
}

#[test]
fn an_event_arrives_before_the_next_one_is_sent() {
    let proxied = with_tls();
    let request = behaving(&proxied.host, get("/events"), "test");
    let streams = [
        ClientExchange::over_http1(proxied.http1(), &request),
        ClientExchange::over_http2(proxied.http2(), &request),
    ];
    for mut stream in streams {
        let mut exchange = proxied.upstream.next_exchange();
        exchange.respond_with_events();
        assert_eq!(stream.head().status, 200);
        for number in 0..10 {
            let event = format!("data: {number}\n\n");
            exchange.send(event.clone());
            let received = stream.read_at_least(event.len()).expect("the event");
            assert_eq!(received, event.as_bytes());
        }
        exchange.finish();
        assert!(stream.rest().1.is_ok());
    }
}

#[test]
fn the_same_keys_are_needed_and_the_upstream_learns_that_it_was_https() {
    let proxied = with_tls();
    let allowed = inference(&proxied.host, post("/x").body("body"));
    let denied = post("/x").body("body").key(&proxied.host.keys().api);

    assert_denied(&proxied.http1().exchange(&denied));
    assert_denied(&proxied.http2().exchange(&denied));
    assert_eq!(proxied.upstream.connections(), 0);
    for response in [
        proxied.http1().exchange(&allowed),
        proxied.http2().exchange(&allowed),
    ] {
        assert_eq!(response.status, 200, "{response:?}");
    }
    for seen in proxied.upstream.requests() {
        assert_eq!(seen.header("x-forwarded-proto"), Some("https"));
        assert!(
            seen.header("forwarded")
                .is_some_and(|way| way.contains("proto=https"))
        );
    }
}

#[test]
fn a_client_that_goes_away_cancels_the_request() {
    let proxied = with_tls();
    let request = behaving(&proxied.host, get("/events"), "test");
    let streams = [
        ClientExchange::over_http1(proxied.http1(), &request),
        ClientExchange::over_http2(proxied.http2(), &request),
    ];
    for stream in streams {
        let exchange = proxied.upstream.next_exchange();
        assert!(!exchange.is_cancelled());
        drop(stream);
        assert!(exchange.wait_until_cancelled() < std::time::Duration::from_secs(1));
    }
}
