use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, duplex},
    runtime::LocalRuntime,
};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::{
    config::ListenerTls,
    http::{
        connection_limits::LimitValues,
        test_support::{LIMITS, connection_with},
    },
    listener::stall_timeout::StallTimeout,
    tls::{
        client::{ClientTls, Offer, server_name},
        test_support::{Authority, Folder, Issued},
    },
};

/// What is buffered between client and server at most: more than a handshake has, and less than TLS buffers.
const PIPE_BYTES: usize = 16 * 1024;

/// A server's certificate, and a client that trusts it.
fn pair() -> (Issued, ClientTls) {
    let (authority, folder) = (Authority::new(), Folder::new());
    let ca_file = folder.write("ca.pem", &authority.pem());
    let client = ClientTls::new(Some(&ca_file)).unwrap();
    (authority.issue(&["localhost"]), client)
}

/// The handshake of a server whose listener is the only one.
fn handshake(issued: &Issued) -> Handshake {
    let folder = Folder::new();
    let settings = ListenerTls {
        certificate_file: folder.write("certificate.pem", &issued.certificate_pem()),
        private_key_file: folder.write("key.pem", &issued.key_pem()),
        client_ca_file: None,
        handshake_timeout: Duration::from_millis(50),
    };
    let metrics = Arc::new(Metrics::new(vec!["inference".to_owned()], 1));
    Handshake {
        tls: Arc::new(ServerTls::load(&settings).unwrap()),
        listener: metrics.listeners()[0],
        metrics,
    }
}

fn failures(metrics: &Metrics, reason: &str) -> bool {
    let text = metrics.render(Vec::new(), &<_>::default());
    let labels = format!("{{listener=\"inference\",reason=\"{reason}\"}} 1\n");
    text.contains(&format!("host_demo_tls_handshake_failures_total{labels}"))
}

#[test]
fn a_client_that_says_nothing_is_given_up_and_counted() {
    let handshake = handshake(&pair().0);
    let metrics = Arc::clone(&handshake.metrics);
    let (_client, server) = duplex(PIPE_BYTES);
    let secured = LocalRuntime::new()
        .unwrap()
        .block_on(handshake.perform(server));
    assert!(secured.is_none() && failures(&metrics, "timeout"));
}

#[test]
fn what_is_no_tls_is_counted_as_such() {
    let handshake = handshake(&pair().0);
    let metrics = Arc::clone(&handshake.metrics);
    let (mut client, server) = duplex(PIPE_BYTES);
    let secured = LocalRuntime::new().unwrap().block_on(async {
        client.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        handshake.perform(server).await
    });
    assert!(secured.is_none() && failures(&metrics, "not_tls"));
}

#[test]
fn alpn_names_the_protocol() {
    assert_eq!(protocol(None), None);
    assert_eq!(protocol(Some(b"h2")), Some(NegotiatedProtocol::Http2));
    assert_eq!(protocol(Some(b"http/1.1")), Some(NegotiatedProtocol::Http1));
}

/// TLS keeps what the client does not accept, and its writes succeed for a while: the wait is seen below it.
#[test]
fn a_client_that_accepts_nothing_of_what_tls_has_buffered_is_given_up() {
    let (issued, client) = pair();
    let acceptor = TlsAcceptor::from(issued.server_config(&[]));
    let error = LocalRuntime::new().unwrap().block_on(async {
        let (near, far) = duplex(PIPE_BYTES);
        let limits = LimitValues {
            write_timeout: Duration::from_millis(50),
            ..LIMITS
        };
        let server = acceptor.accept(StallTimeout::new(far, connection_with(limits)));
        let connector = client.connector(Offer::Http1);
        let client = connector.connect(server_name("localhost").unwrap(), near);
        let (server, client) = tokio::join!(server, client);
        let (mut server, mut client) = (server.unwrap(), client.unwrap());
        server.write_all(b"x").await.unwrap();
        server.flush().await.unwrap();
        assert_eq!(client.read_u8().await.unwrap(), b'x');

        server.write_all(&[0; 2 * PIPE_BYTES]).await.unwrap();
        server.flush().await.unwrap_err()
    });
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
}
