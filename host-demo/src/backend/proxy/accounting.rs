//! What a forwarded request cost: its time, its bytes, and the tokens that the upstream says it
//! counted.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use super::{
    request_body::Progress,
    usage::{TokenUsage, UsageTail},
};
use crate::{
    http::body::BoxError,
    policy::Principal,
    telemetry::metrics::{ForwardedRequest, ForwardedSums, WorkerMetrics},
};

/// The account of one request; counted when it is dropped, however the request ended.
pub(super) struct Account {
    counters: Arc<WorkerMetrics>,
    principal: Option<Principal>,
    model: Box<str>,
    admitted: Instant,
    request: Progress,
    response_bytes: u64,
    succeeded: bool,
    tail: Option<UsageTail>,
}

/// The same body, whose bytes are counted for an account. Each frame is passed on at once and as it
/// is.
#[derive(Debug)]
pub(super) struct AccountedBody<B> {
    body: B,
    account: Account,
}

impl Account {
    /// `model` is empty where the path names none.
    pub(super) fn new(
        counters: Arc<WorkerMetrics>,
        principal: Option<Principal>,
        model: &str,
        admitted: Instant,
        request: Progress,
    ) -> Self {
        Self {
            counters,
            principal,
            model: model.into(),
            admitted,
            request,
            response_bytes: 0,
            succeeded: false,
            tail: None,
        }
    }

    /// The head of the response is there.
    pub(super) fn respond(&mut self, status: StatusCode, headers: &HeaderMap) {
        self.succeeded = status.is_success() || status == StatusCode::SWITCHING_PROTOCOLS;
        self.tail = UsageTail::of(headers).filter(|_| self.succeeded);
    }

    fn add(&mut self, data: &[u8]) {
        self.response_bytes += data.len() as u64;
        if let Some(tail) = &mut self.tail {
            tail.add(data);
        }
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let tail = self.tail.as_ref();
        let TokenUsage { input, output } = tail.map(UsageTail::usage).unwrap_or_default();
        self.counters.forwarded().count(&ForwardedRequest {
            key: self.principal.map(Principal::key),
            model: &self.model,
            succeeded: self.succeeded,
            sums: ForwardedSums {
                requests: 1,
                duration: self.admitted.elapsed(),
                request_bytes: self.request.bytes(),
                response_bytes: self.response_bytes,
                input_tokens: input.unwrap_or_default(),
                output_tokens: output.unwrap_or_default(),
            },
        });
    }
}

impl<B> AccountedBody<B> {
    pub(super) const fn new(body: B, account: Account) -> Self {
        Self { body, account }
    }
}

impl<B> Body for AccountedBody<B>
where
    B: Body<Data = Bytes, Error = BoxError> + Unpin,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            self.account.add(data);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Account")
            .field("principal", &self.principal)
            .field("response_bytes", &self.response_bytes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
