//! Sends a request to a replica, and to another one if nothing of it was sent.

use std::time::Duration;

use http::{Request, Response, StatusCode};
use tokio::time::{Instant, timeout_at};

use super::{
    client::{SendFailure, UpstreamBody, UpstreamClient},
    failure::ForwardError,
    replica::{InFlight, Replica},
    request_body::ForwardedRequestBody,
    upstream::{TriedReplicas, Upstream},
};
use crate::telemetry::{error_chain::error_chain, metrics::ForwardFailure};

/// How long a request may wait for the head of its response.
#[derive(Clone, Copy, Debug)]
pub(super) struct ResponseLimits {
    /// Without any progress.
    pub(super) timeout: Duration,
    /// The client's own limit.
    pub(super) deadline: Option<Instant>,
}

/// The response of a replica, and the request that it has until the end of the body.
pub(super) type Answered = (Response<UpstreamBody<ForwardedRequestBody>>, InFlight);

/// Sends a request to the replica that `upstream` chooses. Each replica is tried once at most, and
/// another one only if nothing of the request was sent. `head` makes the head for a replica.
///
/// # Errors
/// No replica is up, or the last one that was tried sent no response.
pub(super) async fn send(
    client: &UpstreamClient<ForwardedRequestBody>,
    upstream: &Upstream,
    head: impl Fn(&Replica) -> http::Result<Request<()>>,
    mut body: ForwardedRequestBody,
    limits: ResponseLimits,
) -> Result<Answered, ForwardError> {
    let mut tried = TriedReplicas::default();
    let mut failure = None;
    while let Some(in_flight) = upstream.choose(&mut tried, Instant::now()) {
        if failure.is_some() {
            upstream.count_failover();
        }
        let request = head(in_flight.replica()).map_err(ForwardError::Head)?;
        let sent = attempt(client, &in_flight, request.map(|()| body), limits).await;
        let (error, unsent) = match sent {
            Ok(response) => {
                record_response(&in_flight, response.status());
                return Ok((response, in_flight));
            }
            Err(failed) => failed,
        };
        record_failure(upstream, &in_flight, &error);
        let Some(unsent) = unsent else {
            return Err(error);
        };
        tracing::debug!("a replica did not get a request: {}", error_chain(&error));
        body = unsent;
        failure = Some(error);
    }
    Err(failure.unwrap_or_else(|| {
        upstream.count_failure(ForwardFailure::NoReplica);
        ForwardError::NoReplica
    }))
}

/// Sends the request to one replica. The error has its body if nothing of it was sent.
async fn attempt(
    client: &UpstreamClient<ForwardedRequestBody>,
    in_flight: &InFlight,
    request: Request<ForwardedRequestBody>,
    limits: ResponseLimits,
) -> Result<
    Response<UpstreamBody<ForwardedRequestBody>>,
    (ForwardError, Option<ForwardedRequestBody>),
> {
    let progress = request.body().progress();
    progress.restart();
    let sending = client.send(&in_flight.replica().destination, request);
    let sending = progress.wait_for(limits.timeout, sending);
    let sent = match limits.deadline {
        Some(deadline) => timeout_at(deadline, sending)
            .await
            .map_err(|_| (ForwardError::Deadline, None))?,
        None => sending.await,
    };
    match sent {
        Some(Ok(response)) => Ok(response),
        Some(Err(SendFailure { error, unsent })) => Err((error.into(), unsent)),
        None => Err((ForwardError::ResponseTimeout, None)),
    }
}

fn record_response(in_flight: &InFlight, status: StatusCode) {
    // What a gateway answers when it has no response itself.
    if matches!(
        status,
        StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT
    ) {
        in_flight.record_failure(Instant::now(), || format!("it responded {status}"));
    } else {
        in_flight.record_response();
    }
}

fn record_failure(upstream: &Upstream, in_flight: &InFlight, error: &ForwardError) {
    if let Some(reason) = error.reason() {
        upstream.count_failure(reason);
    }
    if error.speaks_against_replica() {
        in_flight.record_failure(Instant::now(), || error_chain(error));
    }
}
