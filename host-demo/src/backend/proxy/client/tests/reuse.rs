use std::io::Write as _;

use tokio::net::UnixStream;

use super::*;

#[test]
fn a_connection_is_used_again_when_request_and_response_have_ended() {
    run(async {
        let (upstream, metrics) = (Upstream::start().await, metrics());
        let client = client_with(settings(), &metrics);
        let first = upstream.send(&client, get());
        let mut connection = upstream.accept().await;
        let head = answer(
            &mut connection,
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        )
        .await;
        assert!(head.starts_with("GET /path?query HTTP/1.1\r\n"), "{head}");
        assert_eq!(text(first.response().await).await, "hi");
        assert_eq!(metric(&metrics, "upstream_connections{state=\"idle\"}"), 1);

        let second = upstream.send(&client, get());
        answer(
            &mut connection,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nyo\r\n0\r\n\r\n",
        )
        .await;
        assert_eq!(text(second.response().await).await, "yo");
        let third = upstream.send(&client, get());
        answer(&mut connection, EMPTY_ANSWER).await;
        assert_eq!(text(third.response().await).await, "");

        assert!(upstream.has_no_other_connection().await);
        assert_eq!(metric(&metrics, "upstream_connections_opened_total"), 1);
        assert_eq!(metric(&metrics, "upstream_connections_reused_total"), 2);
    });
}

#[test]
fn requests_at_once_have_a_connection_each_and_the_last_one_used_comes_first() {
    run(async {
        let (upstream, client) = (Upstream::start().await, client());
        let older = upstream.send(&client, get());
        let mut older_connection = upstream.accept().await;
        let newer = upstream.send(&client, get());
        let mut newer_connection = upstream.accept().await;
        answer(&mut older_connection, EMPTY_ANSWER).await;
        older.response().await;
        answer(&mut newer_connection, EMPTY_ANSWER).await;
        newer.response().await;

        let third = upstream.send(&client, get());
        answer(&mut newer_connection, EMPTY_ANSWER).await;
        third.response().await;
    });
}

#[test]
fn a_connection_that_the_upstream_closes_is_removed() {
    run(async {
        let (upstream, metrics) = (Upstream::start().await, metrics());
        let client = client_with(settings(), &metrics);
        let first = upstream.send(&client, get());
        let mut connection = upstream.accept().await;
        answer(&mut connection, EMPTY_ANSWER).await;
        first.response().await;
        drop(connection);
        let is_removed = async {
            while metric(&metrics, "upstream_connections{state=\"idle\"}") > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(SOON, is_removed).await.expect("it is removed");
        assert_eq!(
            metric(&metrics, "upstream_connections{state=\"in_use\"}"),
            0
        );
    });
}

#[test]
fn a_request_is_sent_again_once_when_the_connection_had_ended_before_it() {
    run(async {
        let (upstream, metrics) = (Upstream::start().await, metrics());
        let client = client_with(settings(), &metrics);
        let first = upstream.send(&client, get());
        let mut connection = upstream.accept().await;
        answer(&mut connection, EMPTY_ANSWER).await;
        first.response().await;

        // The end of the connection and the ring arrive in one turn of the event loop, and the ring
        // wakes this task before the end wakes the connection's.
        let (mut bell, rung) = std::os::unix::net::UnixStream::pair().unwrap();
        rung.set_nonblocking(true).unwrap();
        let mut rung = UnixStream::from_std(rung).unwrap();
        let closed = connection.into_std().unwrap();
        closed.shutdown(std::net::Shutdown::Both).unwrap();
        bell.write_all(b"1").unwrap();
        rung.read_u8().await.unwrap();
        let upstream_side = async {
            let mut connection = upstream.accept().await;
            read_until(&mut connection, "body").await;
            write(&mut connection, EMPTY_ANSWER).await;
        };
        let request = client.send(&upstream.destination, post("body".into()));
        let (response, ()) = tokio::join!(request, upstream_side);
        assert_eq!(response.unwrap().status(), 200);
        assert_eq!(metric(&metrics, "upstream_retries_total"), 1);
        assert!(upstream.has_no_other_connection().await);
    });
}

#[test]
fn a_request_that_may_have_reached_the_upstream_is_never_sent_again() {
    run(async {
        let (upstream, metrics) = (Upstream::start().await, metrics());
        let client = client_with(settings(), &metrics);
        let first = upstream.send(&client, get());
        let mut connection = upstream.accept().await;
        answer(&mut connection, EMPTY_ANSWER).await;
        first.response().await;

        let second = upstream.send(&client, get());
        read_head(&mut connection).await;
        drop(connection);
        let error = second.error().await;
        assert!(matches!(error, SendError::Closed(_)), "{error:?}");
        assert!(upstream.has_no_other_connection().await);
        assert_eq!(metric(&metrics, "upstream_retries_total"), 0);
    });
}

#[test]
fn a_connection_is_not_used_again_when_the_response_says_so() {
    run(async {
        for head in [
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
        ] {
            let (upstream, client) = (Upstream::start().await, client());
            let first = upstream.send(&client, get());
            let mut connection = upstream.accept().await;
            answer(&mut connection, head).await;
            text(first.response().await).await;
            assert_closed(&mut connection, SOON).await;
        }
    });
}

#[test]
fn an_idle_connection_is_closed_after_its_time() {
    run(async {
        let (upstream, metrics) = (Upstream::start().await, metrics());
        let idle_timeout = Duration::from_millis(20);
        let settings = ClientSettings {
            idle_timeout,
            ..settings()
        };
        let client = client_with(settings, &metrics);
        for _ in 0..2 {
            let request = upstream.send(&client, get());
            let mut connection = upstream.accept().await;
            answer(&mut connection, EMPTY_ANSWER).await;
            request.response().await;
            let idle_since = tokio::time::Instant::now();
            assert_closed(&mut connection, SOON).await;
            assert!(idle_since.elapsed() >= idle_timeout / 2);
        }
        assert_eq!(metric(&metrics, "upstream_connections{state=\"idle\"}"), 0);
    });
}

#[test]
fn idle_connections_are_closed_with_the_client() {
    run(async {
        let (upstream, client) = (Upstream::start().await, client());
        let request = upstream.send(&client, get());
        let mut connection = upstream.accept().await;
        answer(&mut connection, EMPTY_ANSWER).await;
        request.response().await;
        drop(client);
        assert_closed(&mut connection, SOON).await;
    });
}
