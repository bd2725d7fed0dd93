//! Handshakes that fail, and clients that make none.

use integration_tests::{Authority, Connection, Listener, TlsClient, eventually, get};

use super::Server;

/// It gets no HTTP, and nobody else notices.
#[test]
fn plain_http_to_a_port_with_tls_is_closed_and_counted() {
    let server = Server::start();
    assert_eq!(server.failed_handshakes("not_tls").as_deref(), Some("0"));
    let key = server.host.keys().inference.key;

    let mut plain = server.host.connect(Listener::Inference);
    plain.send(&get("/ping").key(&key).to_bytes());
    let (answer, _) = plain.receive_to_end();

    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    assert_eq!(server.failed_handshakes("not_tls").as_deref(), Some("1"));
    let warnings = server.host.log().lines_with("handshake");
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[test]
fn a_handshake_that_takes_too_long_is_closed_and_delays_no_other() {
    let server =
        Server::start_with(|builder, _| builder.property("tls_handshake_timeout_sec", "1"));
    let ping = get("/ping").key(&server.host.keys().inference.key);
    let mut silent: Vec<_> = (0..50)
        .map(|_| server.host.connect(Listener::Inference))
        .collect();

    let mut connection = server
        .host
        .connect_encrypted(Listener::Inference, &server.client);
    assert_eq!(connection.exchange(&ping).status, 200);

    assert!(silent.iter_mut().all(Connection::ends));
    eventually("all are counted", || {
        let count = server.failed_handshakes("timeout")?;
        (count == "50").then_some(())
    });
    // The open connection is none of them.
    assert_eq!(connection.exchange(&ping).status, 200);
}

#[test]
fn a_client_that_does_not_trust_the_certificate_is_counted() {
    let server = Server::start();
    let stranger = TlsClient::trusting(&Authority::new());
    let address = server.host.address(Listener::Inference);
    let refused = Connection::try_open_encrypted(address, &stranger);
    assert!(refused.is_err(), "{refused:?}");
    eventually("it is counted", || {
        let count = server.failed_handshakes("other")?;
        (count == "1").then_some(())
    });
}

/// A client that has made no handshake yet has no request that could be lost.
#[test]
fn a_handshake_that_has_not_ended_does_not_delay_a_shutdown() {
    let mut server = Server::start_with(|builder, _| {
        builder
            .property("tls_handshake_timeout_sec", "300")
            .property("shutdown_timeout_sec", "600")
    });
    let mut silent = server.host.connect(Listener::Inference);
    assert!(server.host.stop().success());
    assert!(silent.ends());
}
