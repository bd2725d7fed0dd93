use http_body_util::{BodyExt as _, Full};
use tokio::{task::LocalSet, time::advance};

use super::*;
use crate::http::test_support::{ChannelBody, channel_body};

/// A body that expires at a time, and tells when it is dropped.
struct Timed {
    inner: Full<Bytes>,
    end: Instant,
    dropped: Rc<Cell<bool>>,
}

impl Body for Timed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = Pin::new(&mut self.inner).poll_frame(context);
        frame.map(|frame| frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }
}

impl Expires for Timed {
    fn expired(&mut self, now: Instant) -> Option<StreamCut> {
        (now >= self.end).then_some(StreamCut::Stalled)
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        self.dropped.set(true);
    }
}

fn timed(text: &'static str, seconds: u64) -> (Timed, Rc<Cell<bool>>) {
    let dropped = Rc::new(Cell::new(false));
    let body = Timed {
        inner: Full::from(text),
        end: Instant::now() + Duration::from_secs(seconds),
        dropped: Rc::clone(&dropped),
    };
    (body, dropped)
}

async fn pass(seconds: u64) {
    for _ in 0..seconds {
        advance(INTERVAL).await;
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_nobody_polls_is_dropped_when_it_expires_and_then_fails() {
    let tasks = LocalSet::new();
    let test = async {
        let sweep = Rc::new(StreamSweep::default());
        let (body, dropped) = timed("text", 5);
        let mut body = sweep.watch(body);
        pass(4).await;
        assert!(!dropped.get());
        pass(3).await;
        assert!(dropped.get());
        assert!(!body.is_end_stream());
        let error = body.frame().await.unwrap().unwrap_err();
        assert!(error.is::<StreamCut>());
        assert!(body.frame().await.is_none());
    };
    tasks.run_until(test).await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_polled_in_time_passes_unchanged() {
    let tasks = LocalSet::new();
    let test = async {
        let sweep = Rc::new(StreamSweep::default());
        let (body, dropped) = timed("text", 5);
        let body = sweep.watch(body);
        assert_eq!(body.collect().await.unwrap().to_bytes(), "text");
        assert!(dropped.get());
    };
    tasks.run_until(test).await;
}

#[tokio::test(start_paused = true)]
async fn the_task_ends_with_the_last_stream_and_begins_with_the_next() {
    let tasks = LocalSet::new();
    let test = async {
        let sweep = Rc::new(StreamSweep::default());
        for _ in 0..2 {
            let (body, dropped) = timed("text", 1);
            let body = sweep.watch(body);
            pass(2).await;
            assert!(dropped.get());
            drop(body);
            pass(2).await;
            assert!(!sweep.is_running.get());
            assert!(sweep.streams.borrow().is_empty());
        }
    };
    tasks.run_until(test).await;
}

/// A body without frames or timers, which expires at once.
struct Silent(ChannelBody);

impl Body for Silent {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Pin::new(&mut self.0).poll_frame(context)
    }
}

impl Expires for Silent {
    fn expired(&mut self, _now: Instant) -> Option<StreamCut> {
        Some(StreamCut::Duration)
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_frame_of_a_body_that_is_dropped_is_told() {
    let tasks = LocalSet::new();
    let test = async {
        let sweep = Rc::new(StreamSweep::default());
        let (_frames, body) = channel_body();
        let mut body = sweep.watch(Silent(body));
        let waiting = spawn_local(async move { body.frame().await.unwrap().unwrap_err() });
        pass(3).await;
        assert!(waiting.is_finished());
        let error = waiting.await.unwrap();
        assert_eq!(error.downcast_ref(), Some(&StreamCut::Duration));
    };
    tasks.run_until(test).await;
}
