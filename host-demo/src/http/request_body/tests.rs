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
use crate::http::body::ResponseBody;

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

fn read<B: Body<Data = Bytes, Error: Into<BoxError>>>(body: B) -> Result<Bytes, RequestBodyError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(collect(body, 5))
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
