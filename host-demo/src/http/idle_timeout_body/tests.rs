use http_body_util::{BodyExt as _, Full};
use tokio::{runtime::Builder, sync::mpsc};

use super::*;

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
        IdleTimeoutBody::new(Full::new(Bytes::from_static(b"all")))
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
        IdleTimeoutBody::with_silence_max(Channel(receiver), Duration::from_millis(1))
            .collect()
            .await
    };
    let error = run(body).unwrap_err();
    assert!(error.is::<BodyIdle>(), "{error}");
}

#[test]
fn a_silence_is_counted_from_the_last_piece() {
    run(async {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut body = IdleTimeoutBody::new(Channel(receiver));
        let began = body.silence.deadline();
        sender.send(Bytes::from_static(b"piece")).unwrap();
        body.frame().await.unwrap().unwrap();
        assert!(body.silence.deadline() > began);
    });
}
