use std::{
    io::{self, Write},
    sync::mpsc::{self, Receiver, Sender},
    time::{Duration, Instant},
};

use super::{LineQueue, WAITING_BYTES_MAX, WRITE_BYTES_MAX, pieces};
use crate::telemetry::test_support::Lines;

/// Long, because a loaded machine is not an error.
fn soon() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

/// Says that a write began, then waits until it is allowed to end.
struct Stuck {
    began: Sender<()>,
    release: Receiver<()>,
}

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.began.send(());
        let _ = self.release.recv();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A queue whose thread is in a write that ends when the sender is dropped.
fn stuck() -> (LineQueue, Sender<()>) {
    let (began_sender, began) = mpsc::channel();
    let (release, release_receiver) = mpsc::channel();
    let writer = Stuck {
        began: began_sender,
        release: release_receiver,
    };
    let queue = LineQueue::start("test", writer).unwrap();
    queue.push(b"first\n");
    began.recv().unwrap();
    (queue, release)
}

struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn lines_are_written_in_their_order_before_the_end() {
    let lines = Lines::default();
    let queue = LineQueue::start("test", lines.clone()).unwrap();
    let expected: String = (0..10_000).map(|number| format!("{number}\n")).collect();

    for line in expected.lines() {
        queue.push(format!("{line}\n").as_bytes());
    }
    queue.close(soon());

    assert_eq!(lines.text(), expected);
    assert_eq!(queue.dropped_lines(), 0);
}

#[test]
fn a_full_queue_drops_and_counts_lines_instead_of_waiting() {
    let (queue, release) = stuck();
    let line = [b"x".repeat(1023), b"\n".to_vec()].concat();

    for _ in 0..WAITING_BYTES_MAX / line.len() + 5 {
        queue.push(&line);
    }

    assert_eq!(queue.dropped_lines(), 5);
    drop(release);
}

#[test]
fn a_line_that_is_too_long_is_dropped_and_shorter_ones_are_not() {
    let lines = Lines::default();
    let queue = LineQueue::start("test", lines.clone()).unwrap();
    let too_long = [b"x".repeat(WAITING_BYTES_MAX), b"\n".to_vec()].concat();

    queue.push(&too_long);
    queue.push(b"next\n");
    queue.close(soon());

    assert_eq!(lines.text(), "next\n");
    assert_eq!(queue.dropped_lines(), 1);
}

#[test]
fn the_end_does_not_wait_for_a_reader_beyond_its_deadline() {
    let (queue, release) = stuck();
    queue.push(b"second\n");

    queue.close(Instant::now());

    drop(release);
}

#[test]
fn a_line_after_the_end_is_counted_as_dropped() {
    let queue = LineQueue::start("test", Lines::default()).unwrap();
    queue.close(soon());

    queue.push(b"late\n");

    assert_eq!(queue.dropped_lines(), 1);
}

#[test]
fn lines_that_cannot_be_written_are_counted_as_dropped() {
    let queue = LineQueue::start("test", Full).unwrap();
    queue.push(b"one\n");
    queue.push(b"two\nthree\n");

    queue.close(soon());

    assert_eq!(queue.dropped_lines(), 3);
}

#[test]
fn a_piece_has_whole_lines_and_no_more_than_a_pipe_takes_at_once() {
    let line = |length: usize| [b"x".repeat(length - 1), b"\n".to_vec()].concat();
    let text = [
        line(10),
        line(WRITE_BYTES_MAX - 10),
        line(WRITE_BYTES_MAX + 1),
        line(1),
        line(WRITE_BYTES_MAX),
    ]
    .concat();

    let lengths: Vec<_> = pieces(&text).map(<[u8]>::len).collect();

    let most = WRITE_BYTES_MAX;
    assert_eq!(lengths, [most, most + 1, 1, most]);
    assert_eq!(pieces(&text).collect::<Vec<_>>().concat(), text);
    assert_eq!(pieces(b"").count(), 0);
}
