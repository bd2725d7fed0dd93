use std::thread;

use super::*;
use crate::backend::proxy::client::error::QueueError;

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

#[test]
fn requests_over_http2_wait_for_a_stream_when_no_connection_may_be_opened() {
    run(async {
        let upstream = Upstream::limited(Protocol::Http2, 1, 10).await;
        let client = client();
        let (answers, answered) = tokio::sync::watch::channel(0);
        let respond = move |_| {
            let mut answered = answered.clone();
            async move {
                answered.wait_for(|&count| count > 0).await.unwrap();
                Response::new(ResponseBody::default())
            }
        };
        let first = upstream.send(&client, get());
        http2::serve(upstream.accept().await, 1, respond);
        settle().await;
        let waiting: Vec<_> = (0..3).map(|_| upstream.send(&client, get())).collect();
        settle().await;
        answers.send(1).unwrap();
        assert_eq!(first.response().await.status(), 200);
        for request in waiting {
            assert_eq!(request.response().await.status(), 200);
        }
        assert!(upstream.has_no_other_connection().await);
    });
}

#[test]
fn an_idle_http2_connection_gives_way_to_a_request_of_another_thread() {
    run(async {
        let upstream = Upstream::limited(Protocol::Http2, 1, 1).await;
        let respond = |_| async { Response::new(ResponseBody::default()) };
        let clients = [client(), client()];
        for _ in 0..3 {
            for client in &clients {
                let request = upstream.send(client, get());
                http2::serve(upstream.accept().await, 1, respond);
                request.response().await;
            }
        }
    });
}

#[test]
fn threads_share_what_an_upstream_allows_and_none_waits_forever() {
    const THREADS: usize = 3;
    const REQUESTS: usize = 50;
    for protocol in [Protocol::Http1, Protocol::Http2] {
        run(async {
            let upstream = Upstream::limited(protocol, THREADS - 1, 1_000).await;
            let threads: Vec<_> = (0..THREADS)
                .map(|_| {
                    let destination = Arc::clone(&upstream.destination);
                    thread::spawn(move || run(send_many(&destination, REQUESTS)))
                })
                .collect();
            let serving = spawn_local(async move {
                loop {
                    serve(upstream.accept().await, protocol);
                }
            });
            for one in threads {
                while !one.is_finished() {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                one.join().unwrap();
            }
            serving.abort();
        });
    }
}

/// Sends requests, ten at once.
async fn send_many(destination: &Arc<Destination>, count: usize) {
    let client = client();
    let senders: Vec<_> = (0..10)
        .map(|_| {
            let (client, destination) = (Rc::clone(&client), Arc::clone(destination));
            spawn_local(async move {
                for _ in 0..count {
                    let response = client.send(&destination, get()).await.unwrap();
                    assert_eq!(text(response).await, "hi");
                }
            })
        })
        .collect();
    for sender in senders {
        sender.await.unwrap();
    }
}

/// Answers every request of a connection.
fn serve(connection: TcpStream, protocol: Protocol) {
    match protocol {
        Protocol::Http1 => {
            let mut connection = connection;
            spawn_local(async move {
                let mut head = Vec::new();
                while let Ok(byte) = connection.read_u8().await {
                    head.push(byte);
                    if head.ends_with(b"\r\n\r\n") {
                        head.clear();
                        let _ = connection
                            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
                            .await;
                    }
                }
            });
        }
        Protocol::Http2 => http2::serve(connection, 3, |_| async { Response::new("hi".into()) }),
    }
}
