use std::{cell::Cell, collections::VecDeque, rc::Rc};

use http_body_util::BodyExt as _;
use tokio::time::sleep;

use super::*;

/// A body that sends a piece after each of these times, and never ends.
fn pieces(after: &[u64]) -> impl Body<Data = Bytes, Error = BoxError> + Unpin {
    struct Pieces(VecDeque<u64>, Option<Pin<Box<Sleep>>>);
    impl Body for Pieces {
        type Data = Bytes;
        type Error = BoxError;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
            let Some(&seconds) = self.0.front() else {
                return Poll::Pending;
            };
            let timer = self
                .1
                .get_or_insert_with(|| Box::pin(sleep(Duration::from_secs(seconds))));
            ready!(timer.as_mut().poll(context));
            self.1 = None;
            self.0.pop_front();
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"piece")))))
        }
    }
    Pieces(after.iter().copied().collect(), None)
}

fn limits(read_seconds: u64, total_seconds: u64) -> StreamLimits {
    StreamLimits {
        read_timeout: Duration::from_secs(read_seconds),
        end: (
            Instant::now() + Duration::from_secs(total_seconds),
            StreamCut::Duration,
        ),
        recheck: None,
    }
}

/// How many pieces arrive, what ends them, and after how many seconds.
async fn read(
    body: impl Body<Data = Bytes, Error = BoxError> + Unpin,
    limits: StreamLimits,
) -> (usize, StreamCut, u64) {
    let start = Instant::now();
    let mut body = LimitedStream::new(body, limits, ());
    let mut count = 0;
    loop {
        match body.frame().await {
            Some(Ok(_)) => count += 1,
            Some(Err(error)) => {
                let cut = *error.downcast::<StreamCut>().unwrap();
                assert!(
                    body.frame().await.is_none(),
                    "nothing comes after the error"
                );
                return (count, cut, start.elapsed().as_secs());
            }
            None => panic!("ended cleanly"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn silence_between_two_pieces_is_limited_anew_for_each() {
    let outcome = read(pieces(&[4, 4, 4]), limits(5, 60)).await;
    assert_eq!(outcome, (3, StreamCut::Idle, 17));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_never_pauses_ends_at_its_total_time() {
    let outcome = read(pieces(&[4; 20]), limits(5, 10)).await;
    assert_eq!(outcome, (2, StreamCut::Duration, 10));
}

#[tokio::test(start_paused = true)]
async fn a_stream_whose_frames_are_always_ready_ends_as_well() {
    let (_, cut, seconds) = read(pieces(&[0; 100]), limits(5, 0)).await;
    assert_eq!((cut, seconds), (StreamCut::Duration, 0));
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_cut_within_a_second_of_its_keys_end() {
    let is_valid = Rc::new(Cell::new(true));
    let seen = Rc::clone(&is_valid);
    let limits = StreamLimits {
        recheck: Some(Box::new(move || seen.get())),
        ..limits(60, 600)
    };
    let revoke = async {
        sleep(Duration::from_secs(3)).await;
        is_valid.set(false);
    };
    let (outcome, ()) = tokio::join!(read(pieces(&[]), limits), revoke);
    assert_eq!(outcome, (0, StreamCut::Revoked, 3));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_no_frame_for_a_minute_ends_the_stream() {
    let start = Instant::now();
    let mut body = LimitedStream::new(pieces(&[]), limits(300, 600), ());
    assert_eq!(body.expired(start + Duration::from_secs(59)), None);
    let expired = body.expired(start + Duration::from_secs(60));
    assert_eq!(expired, Some(StreamCut::Stalled));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_waits_for_the_upstream_is_not_one_that_stalls() {
    let start = Instant::now();
    let mut body = LimitedStream::new(pieces(&[]), limits(300, 600), ());
    let frame = tokio::time::timeout(Duration::from_secs(1), body.frame()).await;
    assert!(frame.is_err());
    assert_eq!(body.expired(start + Duration::from_secs(120)), None);
}
