use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, duplex},
    runtime::Builder,
};

use super::*;

const LONG: Duration = Duration::from_secs(3600);

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(work)
}

#[test]
fn a_write_fails_when_the_peer_accepts_nothing_in_time() {
    run(async {
        let (_client, server) = duplex(1);
        let mut stream = StallTimeout::new(server, Duration::from_millis(1));

        let error = stream.write_all(b"more than fits").await.unwrap_err();

        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    });
}

#[test]
fn a_peer_that_reads_slowly_gets_everything_and_each_wait_has_the_whole_limit() {
    run(async {
        let (mut client, server) = duplex(1);
        let mut stream = StallTimeout::new(server, LONG);
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
        let mut stream = StallTimeout::new(server, Duration::ZERO);
        client.write_all(b"in").await.unwrap();

        let mut read = [0; 2];
        stream.read_exact(&mut read).await.unwrap();

        assert_eq!(&read, b"in");
    });
}
