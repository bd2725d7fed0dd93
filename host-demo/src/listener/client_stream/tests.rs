use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    task::{Wake, Waker},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt as _, duplex},
    runtime::Builder,
};

use super::*;
use crate::http::test_support::connection;

fn run<T>(work: impl Future<Output = T>) -> T {
    Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(work)
}

/// The result for a client that sends these pieces, and all that is read afterwards.
async fn detect(pieces: &[&str]) -> (io::Result<bool>, String) {
    let (mut client, server) = duplex(1024);
    let mut stream = ClientStream::new(server, connection(), ());
    let sending = async {
        for piece in pieces {
            client.write_all(piece.as_bytes()).await.unwrap();
            tokio::task::yield_now().await;
        }
        drop(client);
    };
    let (detected, ()) = tokio::join!(stream.speaks_http2(), sending);
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    (detected, text)
}

#[test]
fn the_protocol_is_detected_from_the_first_bytes_however_they_arrive() {
    for (pieces, is_http2) in [
        (&["GET / HTTP/1.1\r\n\r\n"][..], false),
        (&["P", "OST / HTTP/1.1\r\n\r\n"], false),
        (&["P", "R", "OPFIND / HTTP/1.1\r\n\r\n"], false),
        (&["PRI / HTTP/1.1\r\n\r\n"], false),
        (&["PRI * HTTP/2.0\r\n\r\nGET / HTTP/1.1\r\n\r\n"], false),
        (&["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"], true),
        (&["P", "R", "I", " * HTTP/2.0\r\n\r\nSM\r\n\r\n"], true),
    ] {
        let (detected, text) = run(detect(pieces));

        assert_eq!(detected.unwrap(), is_http2, "{pieces:?}");
        assert_eq!(text, pieces.concat());
    }
}

#[test]
fn a_client_that_ends_before_its_protocol_is_clear_is_an_error() {
    for pieces in [
        &[][..],
        &["P"],
        &["PRI"],
        &["PRI * HTTP/2.0\r\n", "\r\nSM\r\n\r"],
    ] {
        let (detected, text) = run(detect(pieces));

        assert_eq!(detected.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(text, pieces.concat());
    }
}

#[test]
fn the_first_bytes_are_read_a_second_time_even_one_by_one() {
    run(async {
        let (mut client, server) = duplex(1024);
        let mut stream = ClientStream::new(server, connection(), ());
        client.write_all(b"GET /").await.unwrap();
        stream.speaks_http2().await.unwrap();

        for expected in b"GET /" {
            assert_eq!(stream.read_u8().await.unwrap(), *expected);
        }
    });
}

#[test]
fn what_is_held_lives_as_long_as_the_stream() {
    let held = std::rc::Rc::new(());
    let (_client, server) = duplex(1);
    let stream = ClientStream::new(server, connection(), std::rc::Rc::clone(&held));
    assert_eq!(std::rc::Rc::strong_count(&held), 2);

    drop(stream);

    assert_eq!(std::rc::Rc::strong_count(&held), 1);
}

/// What a read gives at once; none if it waits.
async fn read_at_once(stream: &mut ClientStream<tokio::io::DuplexStream, ()>) -> Option<usize> {
    let mut byte = [0];
    let mut read = std::pin::pin!(AsyncReadExt::read(stream, &mut byte));
    poll_fn(|context| {
        Poll::Ready(match read.as_mut().poll(context) {
            Poll::Ready(read) => Some(read.unwrap()),
            Poll::Pending => None,
        })
    })
    .await
}

#[test]
fn the_end_is_seen_once_no_response_is_still_to_be_sent() {
    run(async {
        let (mut client, server) = duplex(1024);
        let state = connection();
        let mut stream = ClientStream::new(server, Arc::clone(&state), ());
        stream.begin(false);
        state.input_end.withhold();
        client.write_all(b"x").await.unwrap();
        client.shutdown().await.unwrap();

        assert_eq!(read_at_once(&mut stream).await, Some(1));
        assert_eq!(read_at_once(&mut stream).await, None);
        stream.write_all(b"response").await.unwrap();
        state.release_input_end();
        assert_eq!(read_at_once(&mut stream).await, None);
        stream.flush().await.unwrap();

        assert_eq!(read_at_once(&mut stream).await, Some(0));
    });
}

#[test]
fn an_upgraded_stream_sees_the_end_at_once() {
    run(async {
        let (client, server) = duplex(1024);
        let state = connection();
        let mut stream = ClientStream::new(server, Arc::clone(&state), ());
        stream.begin(false);
        state.input_end.withhold();
        state.end();
        drop(client);

        assert_eq!(read_at_once(&mut stream).await, Some(0));
    });
}

/// Remembers that its task is to run.
#[derive(Default)]
struct Scheduled(AtomicBool);

impl Wake for Scheduled {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Relaxed);
    }
}

#[test]
fn what_is_left_to_read_before_the_first_good_key_is_read_in_the_next_turn() {
    let (mut client, server) = duplex(1024);
    let state = connection();
    let mut stream = ClientStream::new(server, Arc::clone(&state), ());
    stream.begin(true);
    run(client.write_all(&[0; 2 * READ_BEFORE_KEY_BYTES_MAX])).unwrap();
    let scheduled = Arc::new(Scheduled::default());
    let waker = Waker::from(Arc::clone(&scheduled));
    let mut context = Context::from_waker(&waker);
    let mut bytes = [0; 4 * READ_BEFORE_KEY_BYTES_MAX];
    let mut read = || {
        let mut buffer = ReadBuf::new(&mut bytes);
        let read = Pin::new(&mut stream).poll_read(&mut context, &mut buffer);
        read.map(|read| read.map(|()| buffer.filled().len()).unwrap())
    };
    for _ in 0..2 {
        // The task runs because it was woken, and has not waited again since.
        state.wake();
        state.give_turn_to_read();
        scheduled.0.store(false, Relaxed);

        assert_eq!(read(), Poll::Ready(READ_BEFORE_KEY_BYTES_MAX));
        assert_eq!(read(), Poll::Pending);

        assert!(scheduled.0.load(Relaxed), "the task runs again");
    }
}
