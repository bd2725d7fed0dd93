use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{error::ConnectError, *};
use crate::tls::{
    client::ClientTls,
    test_support::{Authority, Folder, Issued},
};

/// An upstream with TLS, and what it accepts connections with.
struct Encrypted {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    destination: Arc<Destination>,
}

impl Encrypted {
    /// `accepted` are the protocols that the upstream speaks.
    async fn start(
        trusted: &Authority,
        server: &Issued,
        protocol: Protocol,
        accepted: &[&str],
    ) -> Self {
        let folder = Folder::new();
        let ca_file = folder.write("ca.pem", &trusted.pem());
        let tls = ClientTls::new(Some(&ca_file)).unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let endpoint = Endpoint::tls(&tls, "127.0.0.1".to_owned(), port, protocol).unwrap();
        Self {
            listener,
            acceptor: TlsAcceptor::from(server.server_config(accepted)),
            destination: Arc::new(Destination::new(endpoint, protocol, 10, 10)),
        }
    }

    async fn accept(&self) -> std::io::Result<TlsStream<TcpStream>> {
        let (stream, _) = self.listener.accept().await?;
        self.acceptor.accept(stream).await
    }
}

#[test]
fn a_request_is_sent_over_tls() {
    run(async {
        let authority = Authority::new();
        let server = authority.issue(&["127.0.0.1"]);
        let upstream = Encrypted::start(&authority, &server, Protocol::Http1, &[]).await;
        let client = client();
        let upstream_side = async {
            let mut stream = upstream.accept().await.unwrap();
            read_head(&mut stream).await;
            stream.write_all(EMPTY_ANSWER.as_bytes()).await.unwrap();
            stream.flush().await.unwrap();
            stream
        };
        let request = client.send(&upstream.destination, get());
        let (response, mut stream) = tokio::join!(request, upstream_side);
        assert_eq!(response.unwrap().status(), 200);

        let upstream_side = async {
            read_head(&mut stream).await;
            stream.write_all(EMPTY_ANSWER.as_bytes()).await.unwrap();
            stream.flush().await.unwrap();
        };
        let request = client.send(&upstream.destination, get());
        let (response, ()) = tokio::join!(request, upstream_side);
        assert_eq!(response.unwrap().status(), 200);
    });
}

#[test]
fn a_response_without_length_that_tls_does_not_end_fails() {
    run(async {
        let authority = Authority::new();
        let server = authority.issue(&["127.0.0.1"]);
        let upstream = Encrypted::start(&authority, &server, Protocol::Http1, &[]).await;
        let client = client();
        let upstream_side = async {
            let mut stream = upstream.accept().await.unwrap();
            read_head(&mut stream).await;
            stream
                .write_all(b"HTTP/1.1 200 OK\r\n\r\nhalf")
                .await
                .unwrap();
            stream.flush().await.unwrap();
            // Without `close_notify`.
            drop(stream.into_inner());
        };
        let request = client.send(&upstream.destination, get());
        let (response, ()) = tokio::join!(request, upstream_side);
        let collected = timeout(SOON, response.unwrap().into_body().collect()).await;
        assert!(collected.expect("an end").is_err());
    });
}

#[test]
fn an_upstream_that_is_not_trusted_gets_no_request() {
    run(async {
        let metrics = metrics();
        let authority = Authority::new();
        for server in [
            Authority::new().issue(&["127.0.0.1"]),
            authority.issue(&["127.0.0.2"]),
        ] {
            let upstream = Encrypted::start(&authority, &server, Protocol::Http1, &[]).await;
            let client = client_with(settings(), &metrics);
            let request = client.send(&upstream.destination, get());
            let (response, accepted) = tokio::join!(request, upstream.accept());
            assert!(accepted.is_err());
            let error = response.unwrap_err().error;
            assert!(
                matches!(
                    error,
                    SendError::Connect {
                        source: ConnectError::Tls(_),
                        ..
                    }
                ),
                "{error:?}"
            );
        }
        let reason = "upstream_connect_failures_total{reason=\"tls\"}";
        assert_eq!(metric(&metrics, reason), 2);
    });
}

#[test]
fn http2_is_spoken_only_when_the_upstream_chooses_it() {
    run(async {
        let authority = Authority::new();
        let server = authority.issue(&["127.0.0.1"]);
        let (http2, client) = (Protocol::Http2, client());
        let upstream = Encrypted::start(&authority, &server, http2, &["h2"]).await;
        let preface = async {
            let mut stream = upstream.accept().await.unwrap();
            read_until(&mut stream, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
        };
        let request = client.send(&upstream.destination, get());
        let (response, ()) = tokio::join!(request, preface);
        let error = response.unwrap_err().error;
        assert!(matches!(error, SendError::Closed(_)), "{error:?}");

        let upstream = Encrypted::start(&authority, &server, http2, &[]).await;
        let request = client.send(&upstream.destination, get());
        let (response, _) = tokio::join!(request, upstream.accept());
        let error = response.unwrap_err().error;
        assert_eq!(
            error.source().unwrap().to_string(),
            "the upstream did not choose HTTP/2 in the TLS handshake"
        );
    });
}
