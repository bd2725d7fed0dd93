use http_body_util::{BodyExt as _, Full};
use tokio::{runtime::Builder, sync::mpsc};

use super::*;

const IDLE_MAX: Duration = Duration::from_secs(60);

/// A body whose pieces come through a channel.
struct Channel(mpsc::UnboundedReceiver<Bytes>);

impl Body for Channel {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.0
            .poll_recv(context)
            .map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(work)
}

#[test]
fn a_body_that_comes_passes_unchanged() {
    let body = run(async {
        IdleTimeoutBody::new(Full::new(Bytes::from_static(b"all")), IDLE_MAX)
            .collect()
            .await
    });
    assert_eq!(body.unwrap().to_bytes(), "all");
}

#[test]
fn a_sender_that_falls_silent_is_given_up() {
    let (sender, receiver) = mpsc::unbounded_channel();
    sender.send(Bytes::from_static(b"some")).unwrap();
    let body = async {
        IdleTimeoutBody::new(Channel(receiver), Duration::from_millis(1))
            .collect()
            .await
    };
    let error = run(body).unwrap_err();
    assert!(error.is::<BodyIdle>(), "{error}");
}

#[test]
fn each_frame_is_waited_for_as_long_as_the_first() {
    run(async {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut body = IdleTimeoutBody::new(Channel(receiver), IDLE_MAX);
        assert!(waits(&mut body));
        let first = body.timer.as_ref().unwrap().deadline();
        sender.send(Bytes::from_static(b"piece")).unwrap();
        body.frame().await.unwrap().unwrap();

        assert!(waits(&mut body));

        assert!(body.timer.as_ref().unwrap().deadline() > first);
    });
}

#[test]
fn a_second_look_at_the_same_frame_does_not_extend_the_wait() {
    run(async {
        let (_sender, receiver) = mpsc::unbounded_channel();
        let mut body = IdleTimeoutBody::new(Channel(receiver), IDLE_MAX);
        assert!(waits(&mut body));
        let first = body.timer.as_ref().unwrap().deadline();

        assert!(waits(&mut body));

        assert_eq!(body.timer.as_ref().unwrap().deadline(), first);
    });
}

#[test]
fn the_error_names_the_limit() {
    let error = BodyIdle { idle_max: IDLE_MAX };
    assert_eq!(error.to_string(), "request body idle for 60 s");
}

/// Whether the body has no frame yet.
fn waits(body: &mut IdleTimeoutBody<Channel>) -> bool {
    let mut context = Context::from_waker(std::task::Waker::noop());
    Pin::new(body).poll_frame(&mut context).is_pending()
}
