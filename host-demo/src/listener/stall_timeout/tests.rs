use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, duplex},
    runtime::Builder,
};

use super::*;
use crate::http::{
    connection_limits::LimitValues,
    running_request::RunningRequest,
    test_support::{LIMITS, connection_with},
};

const LONG: Duration = Duration::from_secs(3600);

/// A connection with this limit for writing.
fn limited(write_timeout: Duration) -> Arc<ConnectionState> {
    connection_with(LimitValues {
        write_timeout,
        ..LIMITS
    })
}

/// The same, which has shown a good key.
fn permitted(write_timeout: Duration) -> Arc<ConnectionState> {
    let state = limited(write_timeout);
    RunningRequest::begin(&state).permit();
    state
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(work)
}

#[test]
fn a_write_fails_when_the_peer_accepts_nothing_in_time() {
    run(async {
        let (_client, server) = duplex(1);
        let mut stream = StallTimeout::new(server, permitted(Duration::from_millis(1)));

        let error = stream.write_all(b"more than fits").await.unwrap_err();

        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    });
}

#[test]
fn a_peer_that_reads_slowly_gets_everything_and_each_wait_has_the_whole_limit() {
    run(async {
        let (mut client, server) = duplex(1);
        let mut stream = StallTimeout::new(server, permitted(LONG));
        let mut read = Vec::new();
        for byte in *b"slow" {
            stream.write_u8(byte).await.unwrap();
            let is_waiting = tokio::select! {
                biased;
                _ = stream.write_u8(0) => false,
                () = std::future::ready(()) => true,
            };
            assert!(is_waiting && stream.timer.is_some());

            read.push(client.read_u8().await.unwrap());
            stream.write_u8(byte).await.unwrap();

            assert!(stream.timer.is_none());
            read.push(client.read_u8().await.unwrap());
        }
        assert_eq!(read, b"ssllooww");
    });
}

#[test]
fn reading_has_no_limit_here() {
    run(async {
        let (mut client, server) = duplex(8);
        let mut stream = StallTimeout::new(server, limited(Duration::ZERO));
        client.write_all(b"in").await.unwrap();

        let mut read = [0; 2];
        stream.read_exact(&mut read).await.unwrap();

        assert_eq!(&read, b"in");
    });
}

#[test]
fn before_the_first_good_key_a_byte_now_and_then_gives_no_more_time() {
    run(async {
        let (mut client, server) = duplex(1);
        let state = limited(Duration::from_millis(20));
        let mut stream = StallTimeout::new(server, Arc::clone(&state));
        let writing = async {
            let written = stream.write_all(&[0; 1000]).await;
            written.map_err(|error| error.kind())
        };
        let reading = async {
            while client.read_u8().await.is_ok() {
                sleep(Duration::from_millis(5)).await;
            }
        };

        tokio::select! {
            written = writing => assert_eq!(written, Err(io::ErrorKind::TimedOut)),
            () = reading => unreachable!("the stream is there"),
        }
    });
}

#[test]
fn a_write_that_waits_is_noted_until_all_is_written() {
    run(async {
        let (mut client, server) = duplex(1);
        let state = limited(LONG);
        let mut stream = StallTimeout::new(server, Arc::clone(&state));
        stream.write_u8(1).await.unwrap();
        tokio::select! {
            biased;
            _ = stream.write_u8(2) => unreachable!("there is no room"),
            () = std::future::ready(()) => {}
        }
        assert!(state.is_write_blocked());

        client.read_u8().await.unwrap();
        stream.write_u8(2).await.unwrap();
        stream.flush().await.unwrap();

        assert!(!state.is_write_blocked());
    });
}
