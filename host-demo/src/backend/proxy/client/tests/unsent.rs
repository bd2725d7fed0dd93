//! What comes back of a request that got no response.

use std::io::Write as _;

use tokio::net::UnixStream;

use super::*;

/// What came back of a request with the body `body`.
async fn returned(failure: SendFailure<ResponseBody>) -> Option<String> {
    let body = failure.unsent?.collect().await.unwrap();
    Some(String::from_utf8(body.to_bytes().to_vec()).unwrap())
}

async fn failure(
    client: &Client,
    destination: &Arc<Destination>,
    request: Request<ResponseBody>,
) -> SendFailure<ResponseBody> {
    let sent = timeout(SOON, client.send(destination, request)).await;
    sent.expect("an outcome").unwrap_err()
}

#[test]
fn a_request_without_a_connection_comes_back() {
    run(async {
        for protocol in [Protocol::Http1, Protocol::Http2] {
            let upstream = Upstream::limited(protocol, 1, 1).await;
            let destination = Arc::clone(&upstream.destination);
            drop(upstream);
            let failure = failure(&client(), &destination, post("body".into())).await;
            let error = &failure.error;
            assert!(matches!(error, SendError::Connect { .. }), "{error:?}");
            assert_eq!(returned(failure).await.as_deref(), Some("body"));
        }
    });
}

#[test]
fn a_request_without_a_body_comes_back_too() {
    run(async {
        let upstream = Upstream::start().await;
        let destination = Arc::clone(&upstream.destination);
        drop(upstream);
        let failure = failure(&client(), &destination, get()).await;
        assert_eq!(returned(failure).await.as_deref(), Some(""));
    });
}

#[test]
fn a_request_that_waited_in_vain_comes_back() {
    run(async {
        let upstream = Upstream::limited(Protocol::Http1, 1, 1).await;
        let settings = ClientSettings {
            queue_timeout: Duration::from_millis(10),
            ..settings()
        };
        let client = client_with(settings, &metrics());
        let _first = upstream.send(&client, get());
        let _connection = upstream.accept().await;
        let failure = failure(&client, &upstream.destination, post("body".into())).await;
        let error = &failure.error;
        assert!(matches!(error, SendError::NoConnection(_)), "{error:?}");
        assert_eq!(returned(failure).await.as_deref(), Some("body"));
    });
}

#[test]
fn a_request_comes_back_when_its_connection_has_ended_and_there_is_no_other() {
    run(async {
        for body in ["body", ""] {
            let (upstream, metrics) = (Upstream::start().await, metrics());
            let client = client_with(settings(), &metrics);
            let first = upstream.send(&client, get());
            let mut connection = upstream.accept().await;
            answer(&mut connection, EMPTY_ANSWER).await;
            first.response().await;
            let destination = Arc::clone(&upstream.destination);
            drop(upstream);

            // As where a request is sent again: the pool does not know of the end yet.
            let (mut bell, rung) = std::os::unix::net::UnixStream::pair().unwrap();
            rung.set_nonblocking(true).unwrap();
            let mut rung = UnixStream::from_std(rung).unwrap();
            let closed = connection.into_std().unwrap();
            closed.shutdown(std::net::Shutdown::Both).unwrap();
            bell.write_all(b"1").unwrap();
            rung.read_u8().await.unwrap();
            let failure = failure(&client, &destination, post(body.into())).await;
            assert_eq!(metric(&metrics, "upstream_retries_total"), 1);
            assert_eq!(returned(failure).await.as_deref(), Some(body));
        }
    });
}

#[test]
fn a_request_that_may_have_reached_the_upstream_does_not_come_back() {
    run(async {
        for protocol in [Protocol::Http1, Protocol::Http2] {
            let (upstream, client) = (Upstream::limited(protocol, 1, 1).await, client());
            let upstream_side = async {
                let mut connection = upstream.accept().await;
                read_until(&mut connection, "body").await;
            };
            let sending = failure(&client, &upstream.destination, post("body".into()));
            let (failure, ()) = tokio::join!(sending, upstream_side);
            let error = &failure.error;
            assert!(matches!(error, SendError::Closed(_)), "{error:?}");
            assert_eq!(returned(failure).await, None);
        }
    });
}
