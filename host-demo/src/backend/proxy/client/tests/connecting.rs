use std::net::Ipv4Addr;

use tokio::net::{TcpSocket, UnixListener};

use super::*;

async fn send_to(endpoint: Endpoint, settings: ClientSettings, metrics: &Metrics) -> SendError {
    let destination = Destination::new(endpoint, Protocol::Http1, 1, 1);
    let client = client_with(settings, metrics);
    let sent = client.send(&Arc::new(destination), get()).await;
    sent.unwrap_err().error
}

#[test]
fn a_unix_socket_is_an_upstream() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("upstream.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let endpoint = Endpoint::Unix(path);
        let destination = Arc::new(Destination::new(endpoint, Protocol::Http1, 1, 1));
        let upstream_side = async {
            let (mut connection, _) = listener.accept().await.unwrap();
            read_head(&mut connection).await;
            connection.write_all(EMPTY_ANSWER.as_bytes()).await.unwrap();
        };
        let client = client();
        let (response, ()) = tokio::join!(client.send(&destination, get()), upstream_side);
        assert_eq!(response.unwrap().status(), 200);
    });
}

#[test]
fn a_name_is_resolved_and_all_its_addresses_are_tried() {
    run(async {
        // `localhost` may be ::1 first, where nothing listens.
        let upstream = Upstream::start().await;
        let endpoint = Endpoint::Tcp {
            host: "localhost".to_owned(),
            port: upstream.listener.local_addr().unwrap().port(),
        };
        let destination = Arc::new(Destination::new(endpoint, Protocol::Http1, 1, 1));
        let upstream_side = async {
            answer(&mut upstream.accept().await, EMPTY_ANSWER).await;
        };
        let client = client();
        let (response, ()) = tokio::join!(client.send(&destination, get()), upstream_side);
        assert_eq!(response.unwrap().status(), 200);
    });
}

#[test]
fn an_upstream_that_cannot_be_reached_is_told_with_its_address() {
    run(async {
        let metrics = metrics();
        let closed = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = closed.local_addr().unwrap().port();
        drop(closed);
        let endpoint = Endpoint::Tcp {
            host: "127.0.0.1".to_owned(),
            port,
        };
        let error = send_to(endpoint, settings(), &metrics).await;
        let address = format!("127.0.0.1:{port}");
        assert_eq!(error.to_string(), format!("cannot connect to {address}"));
        assert_eq!(
            error.source().unwrap().to_string(),
            format!("cannot reach {address}")
        );
        let missing = Endpoint::Unix("/nowhere/upstream.sock".into());
        let error = send_to(missing, settings(), &metrics).await;
        assert_eq!(
            error.to_string(),
            "cannot connect to unix:/nowhere/upstream.sock"
        );
        let unreachable = "upstream_connect_failures_total{reason=\"unreachable\"}";
        assert_eq!(metric(&metrics, unreachable), 2);
    });
}

#[test]
fn a_name_without_an_address_is_told() {
    run(async {
        let metrics = metrics();
        let endpoint = Endpoint::Tcp {
            // RFC 6761: never has an address.
            host: "upstream.invalid".to_owned(),
            port: 80,
        };
        let error = send_to(endpoint, settings(), &metrics).await;
        assert_eq!(
            error.source().unwrap().to_string(),
            "cannot resolve upstream.invalid"
        );
        let reason = "upstream_connect_failures_total{reason=\"resolve\"}";
        assert_eq!(metric(&metrics, reason), 1);
    });
}

#[test]
fn connecting_ends_at_its_limit() {
    run(async {
        // A listener whose queue of connections is full answers no further one.
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut queued = Vec::new();
        let short = Duration::from_millis(100);
        while let Ok(connected) = timeout(short, TcpStream::connect(address)).await {
            queued.push(connected.unwrap());
            assert!(queued.len() < 100, "the queue is never full");
        }
        let metrics = metrics();
        let endpoint = Endpoint::Tcp {
            host: address.ip().to_string(),
            port: address.port(),
        };
        let settings = ClientSettings {
            connect_timeout: short,
            ..settings()
        };
        let error = timeout(SOON, send_to(endpoint, settings, &metrics)).await;
        let error = error.expect("an end");
        assert!(
            matches!(error, SendError::ConnectTimeout { limit, .. } if limit == short),
            "{error:?}"
        );
        let reason = "upstream_connect_failures_total{reason=\"timeout\"}";
        assert_eq!(metric(&metrics, reason), 1);
    });
}
