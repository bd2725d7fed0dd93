use crate::http::rejection::ErrorForm;
use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http::Response;
use http_body_util::Full;
use hyper::body::{Frame, SizeHint};

use super::*;
use crate::{
    http::{
        body::ResponseBody,
        test_support::{channel_body, data},
    },
    telemetry::metrics::BufferedBytes as _,
};

/// A body that fails at once, whatever it announces.
struct Fails {
    error: Option<BoxError>,
    announced_bytes: u64,
}

impl Body for Fails {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Poll::Ready(self.error.take().map(Err))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced_bytes)
    }
}

/// Those of a body of 5 bytes.
fn limits(buffered_bytes_max: usize) -> BodyLimits {
    BodyLimits {
        bytes_max: 5,
        time_max: Duration::from_secs(300),
        budget: ByteBudget::new(buffered_bytes_max),
    }
}

fn read<B: Body<Data = Bytes, Error: Into<BoxError>>>(body: B) -> Result<Bytes, RequestBodyError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(collect(body, &limits(5)))
}

fn fails(error: impl Into<BoxError>) -> RequestBodyError {
    let error = Some(error.into());
    read(Fails {
        error,
        announced_bytes: 0,
    })
    .unwrap_err()
}

fn response(error: RequestBodyError) -> Response<ResponseBody> {
    Rejection::from(error).into_response(ErrorForm::TorchServe)
}

#[test]
fn a_body_within_the_limit_is_read_whole() {
    assert_eq!(
        read(Full::new(Bytes::from_static(b"12345"))).unwrap(),
        "12345"
    );
}

#[test]
fn a_longer_body_is_413() {
    let error = read(Full::new(Bytes::from_static(b"123456"))).unwrap_err();

    assert_eq!(
        error.to_string(),
        "the request body is larger than max_request_size, 5 bytes"
    );
    assert_eq!(response(error).status(), 413);
}

#[test]
fn a_body_that_announces_too_much_is_not_read() {
    let error = read(Fails {
        error: Some("it was read".into()),
        announced_bytes: 6,
    });

    assert!(matches!(
        error,
        Err(RequestBodyError::TooLarge { limit_bytes: 5 })
    ));
}

#[test]
fn an_idle_client_is_408() {
    let error = fails(BodyIdle {
        idle_max: Duration::from_secs(60),
    });

    assert_eq!(error.to_string(), "request body idle for 60 s");
    assert_eq!(response(error).status(), 408);
}

#[test]
fn a_client_that_closes_early_is_400() {
    let error = fails(io::Error::from(io::ErrorKind::ConnectionReset));

    assert!(
        matches!(error, RequestBodyError::Incomplete { .. }),
        "{error}"
    );
    assert_eq!(response(error).status(), 400);
}

/// A body of which nothing arrives.
fn never(announced_bytes: u64) -> impl Body<Data = Bytes, Error = BoxError> {
    struct Never(u64);

    impl Body for Never {
        type Data = Bytes;
        type Error = BoxError;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
            Poll::Pending
        }

        fn size_hint(&self) -> SizeHint {
            SizeHint::with_exact(self.0)
        }
    }

    Never(announced_bytes)
}

/// A body in pieces that does not announce its length.
fn pieces(pieces: &[&'static str]) -> impl Body<Data = Bytes, Error = BoxError> {
    let (sender, body) = channel_body();
    for piece in pieces {
        sender.send(Ok(data(piece))).unwrap();
    }
    body
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_in_time_is_408() {
    let limits = limits(5);
    let error = collect(never(5), &limits).await.unwrap_err();

    assert_eq!(
        error.to_string(),
        "the request body did not arrive in 300 s"
    );
    assert_eq!(response(error).status(), 408);
    assert_eq!(limits.budget.used(), 0);
}

#[tokio::test]
async fn a_body_that_announces_more_than_there_is_room_for_is_not_read() {
    let limits = limits(7);
    let first = collect(pieces(&["0123"]), &limits).await.unwrap();

    let error = collect(never(4), &limits).await.unwrap_err();
    assert!(matches!(error, RequestBodyError::NoRoom(_)), "{error}");

    drop(first);
    assert_eq!(limits.budget.used(), 0);
}

#[tokio::test]
async fn announced_bytes_take_no_room_before_they_arrive() {
    let limits = limits(5);
    let mut first = Box::pin(collect(never(5), &limits));
    assert!(timeout(Duration::ZERO, &mut first).await.is_err());
    assert_eq!(limits.budget.used(), 0);

    let second = collect(pieces(&["01", "234"]), &limits).await.unwrap();
    assert_eq!(second, b"01234"[..]);
}

#[tokio::test]
async fn a_body_without_a_length_is_counted_as_it_arrives_and_while_it_is_in_use() {
    let limits = limits(7);
    let body = collect(pieces(&["01", "23"]), &limits).await.unwrap();
    assert_eq!(body, b"0123"[..]);
    assert_eq!(limits.budget.used(), 4);

    let error = collect(pieces(&["01", "23"]), &limits).await.unwrap_err();
    assert!(matches!(error, RequestBodyError::NoRoom(_)), "{error}");

    drop(body);
    assert_eq!(limits.budget.used(), 0);
}

#[test]
fn without_room_it_is_503_with_a_time_to_try_again() {
    let rejection = || Rejection::from(BudgetExhausted);

    assert_eq!(rejection().limit(), Some(Limit::BufferedBytes));
    let response = rejection().into_response(ErrorForm::TorchServe);
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "1");
    let response = rejection().into_response(ErrorForm::Grpc);
    assert_eq!(response.headers()["grpc-status"], "14");
}
