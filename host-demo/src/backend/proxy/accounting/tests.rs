use std::future::poll_fn;

use http::{HeaderValue, header::CONTENT_TYPE};
use http_body_util::{BodyExt as _, Full};
use proptest::{collection::vec, prelude::*};
use tokio::runtime::LocalRuntime;

use super::*;
use crate::{http::test_support::channel_body, telemetry::metrics::Metrics};

fn account(metrics: &Metrics) -> Account {
    let counters = Arc::clone(metrics.workers().first().unwrap());
    let now = Instant::now();
    let principal = std::num::NonZeroU64::new(7).map(Principal::new);
    let mut account = Account::new(counters, principal, "llama", now, Progress::new(now));
    let json = HeaderValue::from_static("application/json");
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, json)]);
    account.respond(StatusCode::OK, &headers);
    account
}

fn rendered(metrics: &Metrics) -> String {
    metrics.collect_principals(&|_| Some("alice".to_owned()));
    metrics.render(
        Vec::new(),
        &prometheus_client::registry::Registry::default(),
    )
}

#[test]
fn bytes_and_tokens_are_counted_for_key_and_model_when_the_body_is_dropped() {
    LocalRuntime::new().unwrap().block_on(async {
        let metrics = Metrics::new(Vec::new(), 1);
        let text = r#"{"usage":{"prompt_tokens":3,"completion_tokens":5}}"#;
        let body = Full::new(Bytes::from(text)).map_err(|never| match never {});
        let body = AccountedBody::new(body, account(&metrics));
        assert!(!rendered(&metrics).contains("alice"));
        assert_eq!(body.collect().await.unwrap().to_bytes(), text);
        let rendered = rendered(&metrics);
        for (name, value) in [
            ("forwarded_requests_total{", 1),
            ("forwarded_response_bytes_total{", text.len()),
            ("forwarded_tokens_total{direction=\"input\",", 3),
            ("forwarded_tokens_total{direction=\"output\",", 5),
        ] {
            let line = format!("host_demo_{name}principal=\"alice\",model=\"llama\"}} {value}\n");
            assert!(rendered.contains(&line), "{line}{rendered}");
        }
    });
}

#[test]
fn a_frame_is_passed_on_before_the_next_exists() {
    LocalRuntime::new().unwrap().block_on(async {
        let metrics = Metrics::new(Vec::new(), 1);
        let (sender, body) = channel_body();
        let mut body = AccountedBody::new(body, account(&metrics));
        sender
            .send(Ok(Frame::data(Bytes::from_static(b"{"))))
            .unwrap();
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), "{");
        let pending =
            poll_fn(|context| Poll::Ready(Pin::new(&mut body).poll_frame(context).is_pending()));
        assert!(pending.await);
    });
}

proptest! {
    #[test]
    fn the_client_gets_every_byte_unchanged(pieces in vec(vec(any::<u8>(), 0..2000), 0..30)) {
        LocalRuntime::new().unwrap().block_on(async {
            let metrics = Metrics::new(Vec::new(), 1);
            let (sender, body) = channel_body();
            let mut body = AccountedBody::new(body, account(&metrics));
            for piece in &pieces {
                let piece = Bytes::from(piece.clone());
                sender.send(Ok(Frame::data(piece.clone()))).unwrap();
                let frame = body.frame().await.unwrap().unwrap();
                assert_eq!(frame.into_data().unwrap(), piece);
            }
            drop(sender);
            assert!(body.frame().await.is_none());
        });
    }
}
