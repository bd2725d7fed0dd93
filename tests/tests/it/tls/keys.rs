//! The keys of the contract, over TLS: HTTP/1.1 and HTTP/2, TLS 1.2 and 1.3.

use integration_tests::{
    Connection, Listener, Request, Response, TlsClient, get, http2::Http2Connection, post,
};
use rustls::{
    ProtocolVersion,
    version::{TLS12, TLS13},
};

use super::Server;
use crate::expect::is_denied;

/// Requests, and whether they are denied.
fn rows(server: &Server) -> Vec<(Listener, Request, bool)> {
    let keys = server.host.keys();
    let (inference, management) = (&keys.inference.key, &keys.management.key);
    vec![
        (Listener::Inference, get("/ping").key(inference), false),
        (Listener::Inference, get("/ping"), true),
        (Listener::Inference, get("/ping").key(management), true),
        (Listener::Management, get("/models").key(management), false),
        (Listener::Management, get("/models").key(inference), true),
        (
            Listener::Management,
            get("/models?x=/token").key(&keys.api),
            true,
        ),
        (
            Listener::Management,
            post("/token?type=inference").key(management),
            true,
        ),
        (Listener::Inference, get("/api-description"), false),
    ]
}

#[track_caller]
fn assert_row(response: &Response, is_refused: bool, request: &Request) {
    assert_eq!(is_denied(response), is_refused, "{request:?}: {response:?}");
    assert!(
        is_refused || response.status == 200,
        "{request:?}: {response:?}"
    );
}

#[test]
fn keys_open_over_http_1_what_they_open_without_tls() {
    let server = Server::start();
    for protocols in [&["http/1.1"][..], &[]] {
        let client = server.client.offering(protocols);
        for (listener, request, is_refused) in rows(&server) {
            let response = server
                .host
                .connect_encrypted(listener, &client)
                .exchange(&request);
            assert_row(&response, is_refused, &request);
        }
    }
}

#[test]
fn keys_open_over_http_2_what_they_open_without_tls() {
    let server = Server::start();
    // Agreed on by ALPN, and by prior knowledge.
    for protocols in [&["h2", "http/1.1"][..], &[]] {
        let client = server.client.offering(protocols);
        for (listener, request, is_refused) in rows(&server) {
            let address = server.host.address(listener);
            let connection =
                Http2Connection::try_open_encrypted(address, &client).expect("a handshake");
            assert_row(&connection.exchange(&request), is_refused, &request);
        }
    }
}

#[test]
fn tls_1_2_and_1_3_are_served() {
    let server = Server::start();
    let ping = get("/ping").key(&server.host.keys().inference.key);
    for (version, expected) in [
        (&TLS12, ProtocolVersion::TLSv1_2),
        (&TLS13, ProtocolVersion::TLSv1_3),
    ] {
        let client = TlsClient::of_version(&server.authority, version);
        let mut connection = server.host.connect_encrypted(Listener::Inference, &client);
        assert_eq!(connection.exchange(&ping).status, 200);
        let session = connection.session().expect("TLS");
        assert_eq!(session.protocol_version(), Some(expected));
    }
}

/// A connection carries several requests, a rotation between them.
#[test]
fn a_rotation_over_tls_is_in_force_for_open_connections() {
    let server = Server::start();
    let keys = server.host.keys();
    let connect = |listener| server.host.connect_encrypted(listener, &server.client);
    let (mut inference, mut management) =
        (connect(Listener::Inference), connect(Listener::Management));
    let old = get("/ping").key(&keys.inference.key);
    assert_eq!(inference.exchange(&old).status, 200);

    let rotate = get("/token?type=inference").key(&keys.api);
    assert_eq!(management.exchange(&rotate).status, 200);

    assert!(is_denied(&inference.exchange(&old)));
    let new = get("/ping").key(&server.host.keys().inference.key);
    assert_eq!(inference.exchange(&new).status, 200);
}

/// The answer to what was agreed on, whatever the bytes look like.
#[test]
fn the_preface_of_http_2_is_no_http_1_where_that_was_agreed_on() {
    let server = Server::start();
    let client = server.client.offering(&["http/1.1"]);
    let mut connection = server.host.connect_encrypted(Listener::Inference, &client);
    connection.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    let (answer, _) = connection.receive_to_end();
    assert!(
        answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"),
        "{answer:?}"
    );
}

#[test]
fn the_log_names_the_addresses_with_https() {
    let server = Server::start();
    for api in ["Inference", "Management"] {
        let line = format!("{api} API listens on https://127.0.0.1:");
        assert_eq!(server.host.log().lines_with(&line).len(), 1, "{line}");
    }
    assert_eq!(
        server
            .host
            .log()
            .lines_with("Metrics API listens on http://")
            .len(),
        1
    );
}

#[test]
fn the_access_log_says_whether_a_request_came_over_tls() {
    let server = Server::start_with(|builder, _| {
        builder
            .argument("--access-log")
            .argument("--log-format")
            .argument("json")
    });
    let ping = get("/ping").key(&server.host.keys().inference.key);
    let mut connection: Connection = server
        .host
        .connect_encrypted(Listener::Inference, &server.client);
    connection.exchange(&ping);
    server.host.metrics(&get("/ping"));
    for scheme in ["https", "http"] {
        let member = format!("\"scheme\":\"{scheme}\"");
        let _ = server.host.log().wait_for_lines_with(&member, 1);
    }
}
