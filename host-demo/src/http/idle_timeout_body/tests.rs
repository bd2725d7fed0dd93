use http_body_util::{BodyExt as _, Full};
use tokio::runtime::Builder;

use super::*;
use crate::http::test_support::{ChannelBody, channel_body, data};

const IDLE_MAX: Duration = Duration::from_secs(60);

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(work)
}

#[test]
fn a_body_that_arrives_in_time_passes_unchanged() {
    let body = run(async {
        IdleTimeoutBody::new(Full::new(Bytes::from_static(b"all")), IDLE_MAX)
            .collect()
            .await
    });
    assert_eq!(body.unwrap().to_bytes(), "all");
}

#[test]
fn an_idle_sender_makes_the_body_fail() {
    let (sender, body) = channel_body();
    sender.send(Ok(data("some"))).unwrap();
    let body = async {
        IdleTimeoutBody::new(body, Duration::from_millis(1))
            .collect()
            .await
    };
    let error = run(body).unwrap_err();
    assert!(error.is::<BodyIdle>(), "{error}");
}

#[test]
fn each_frame_has_the_whole_limit() {
    run(async {
        let (sender, body) = channel_body();
        let mut body = IdleTimeoutBody::new(body, IDLE_MAX);
        assert!(waits(&mut body));
        let first = body.timer.as_ref().unwrap().deadline();
        sender.send(Ok(data("piece"))).unwrap();
        body.frame().await.unwrap().unwrap();

        assert!(waits(&mut body));

        assert!(body.timer.as_ref().unwrap().deadline() > first);
    });
}

#[test]
fn polling_again_for_the_same_frame_does_not_extend_the_wait() {
    run(async {
        let (_sender, body) = channel_body();
        let mut body = IdleTimeoutBody::new(body, IDLE_MAX);
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
fn waits(body: &mut IdleTimeoutBody<ChannelBody>) -> bool {
    let mut context = Context::from_waker(std::task::Waker::noop());
    Pin::new(body).poll_frame(&mut context).is_pending()
}
