use super::*;

/// Waits until the client waits for a slot: until nothing of this thread can go on.
async fn settle() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_request_over_the_limit_waits_for_a_connection_of_its_thread() {
    run(async {
        let upstream = Upstream::limited(Protocol::Http1, 1, 1).await;
        let client = client();
        let first = upstream.send(&client, get());
        let mut connection = upstream.accept().await;
        read_head(&mut connection).await;
        let second = upstream.send(&client, get());
        settle().await;
        write(&mut connection, EMPTY_ANSWER).await;
        first.response().await;
        answer(&mut connection, EMPTY_ANSWER).await;
        second.response().await;
        assert!(upstream.has_no_other_connection().await);
    });
}

#[test]
fn a_request_over_the_limit_waits_for_the_end_of_a_connection() {
    run(async {
        let upstream = Upstream::limited(Protocol::Http1, 1, 1).await;
        let client = client();
        let first = upstream.send(&client, get());
        let mut connection = upstream.accept().await;
        read_head(&mut connection).await;
        let second = upstream.send(&client, get());
        settle().await;
        drop(connection);
        first.error().await;
        answer(&mut upstream.accept().await, EMPTY_ANSWER).await;
        second.response().await;
    });
}

#[test]
fn a_request_that_waits_for_too_long_is_refused() {
    run(async {
        let metrics = metrics();
        let upstream = Upstream::limited(Protocol::Http1, 1, 1).await;
        let limit = Duration::from_millis(20);
        let settings = ClientSettings {
            queue_timeout: limit,
            ..settings()
        };
        let client = client_with(settings, &metrics);
        let _first = upstream.send(&client, get());
        let mut connection = upstream.accept().await;
        read_head(&mut connection).await;
        let error = upstream.send(&client, get()).error().await;
        assert!(
            matches!(error, SendError::NoConnection(QueueError::Timeout { limit: l }) if l == limit),
            "{error:?}"
        );
        let reason = "upstream_connect_failures_total{reason=\"queue_timeout\"}";
        assert_eq!(metric(&metrics, reason), 1);
    });
}

#[test]
fn no_more_requests_wait_than_may() {
    run(async {
        let metrics = metrics();
        let upstream = Upstream::limited(Protocol::Http1, 1, 1).await;
        let client = client_with(settings(), &metrics);
        let first = upstream.send(&client, get());
        let mut connection = upstream.accept().await;
        read_head(&mut connection).await;
        let waiting = upstream.send(&client, get());
        settle().await;
        let error = upstream.send(&client, get()).error().await;
        assert!(
            matches!(
                error,
                SendError::NoConnection(QueueError::Full { limit: 1 })
            ),
            "{error:?}"
        );
        let reason = "upstream_connect_failures_total{reason=\"queue_full\"}";
        assert_eq!(metric(&metrics, reason), 1);

        // One that is given up leaves its place.
        waiting.0.abort();
        settle().await;
        let next = upstream.send(&client, get());
        settle().await;
        write(&mut connection, EMPTY_ANSWER).await;
        first.response().await;
        answer(&mut connection, EMPTY_ANSWER).await;
        next.response().await;
    });
}

#[test]
fn an_idle_connection_gives_way_to_a_request_of_another_thread() {
    run(async {
        let upstream = Upstream::limited(Protocol::Http1, 1, 1).await;
        // As two threads have two.
        let (one, other) = (client(), client());
        let first = upstream.send(&one, get());
        let mut connection = upstream.accept().await;
        answer(&mut connection, EMPTY_ANSWER).await;
        first.response().await;

        let second = upstream.send(&other, get());
        assert_closed(&mut connection, SOON).await;
        let mut connection = upstream.accept().await;
        read_head(&mut connection).await;

        let third = upstream.send(&one, get());
        settle().await;
        write(&mut connection, EMPTY_ANSWER).await;
        second.response().await;
        assert_closed(&mut connection, SOON).await;
        answer(&mut upstream.accept().await, EMPTY_ANSWER).await;
        third.response().await;
    });
}
