//! One connection, HTTP/1.1 or HTTP/2, over any stream of bytes.

use std::{
    convert::Infallible,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use hyper::{
    body::{Body, Incoming},
    server::conn::{http1, http2},
    service::Service,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
    time::timeout,
};

use super::{
    client_stream::ClientStream,
    handshake::{Handshake, NegotiatedProtocol},
    stall_timeout::StallTimeout,
};
use crate::{
    http::{body::BoxError, local_executor::LocalExecutor},
    telemetry::metrics::{Limit, Metrics},
};

/// How long a client may take from connecting to its first bytes, or to all of HTTP/2's preface.
const FIRST_BYTES_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a client may take for the head of a request, the wait for the request included.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a client may accept nothing of a response.
const WRITE_STALL_MAX: Duration = Duration::from_secs(60);
/// How much of a request, and how much of a response, is buffered at once, unless the head of a
/// request may be larger; the data of a single read may exceed it somewhat.
const BUFFER_BYTES_MAX: usize = 64 * 1024;
/// Requests at once on one HTTP/2 connection.
const STREAMS_MAX: u32 = 128;
/// An HTTP/2 client that is silent for this long gets a PING.
const PING_INTERVAL: Duration = Duration::from_secs(60);

/// How large the head of a request may be before HTTP itself answers it with 431: no smaller than
/// the service wants to see.
#[derive(Clone, Debug)]
pub(crate) struct HeadLimit {
    /// A head over HTTP/2 may have twice as many before it never reaches the service.
    pub(crate) bytes_max: usize,
    /// Where a head over HTTP/1.1 that never reaches the service is counted.
    pub(crate) metrics: Arc<Metrics>,
}

/// Serves a connection until either side closes it, or an upgrade takes its stream over. Once
/// `stopped` is true, requests in progress are completed and no further ones are accepted.
///
/// `held` is dropped with the stream. Must run where tasks can be spawned on the current thread.
pub(crate) async fn serve<S, H, R, B>(
    stream: S,
    held: H,
    service: R,
    head_limit: HeadLimit,
    stopped: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Unpin + Send + 'static,
    R: Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: 'static>,
    B: Body<Data = Bytes, Error: Into<BoxError>> + 'static,
{
    let stream = StallTimeout::new(stream, WRITE_STALL_MAX);
    serve_protocol(stream, None, held, service, head_limit, stopped).await;
}

/// As [`serve`], after the TLS handshake. `held` is held meanwhile.
pub(crate) async fn serve_encrypted<S, H, R, B>(
    stream: S,
    handshake: Handshake,
    held: H,
    service: R,
    head_limit: HeadLimit,
    mut stopped: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Unpin + Send + 'static,
    R: Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: 'static>,
    B: Body<Data = Bytes, Error: Into<BoxError>> + 'static,
{
    // Below TLS, which keeps what the peer does not accept, so that writing to it succeeds.
    let stream = StallTimeout::new(stream, WRITE_STALL_MAX);
    let secured = tokio::select! {
        // No request has begun.
        _ = stopped.wait_for(|&stopped| stopped) => return,
        secured = handshake.perform(stream) => secured,
    };
    let Some((stream, protocol)) = secured else {
        return;
    };
    serve_protocol(stream, protocol, held, service, head_limit, stopped).await;
}

/// The client's first bytes show the protocol, unless it is known.
async fn serve_protocol<S, H, R, B>(
    stream: S,
    protocol: Option<NegotiatedProtocol>,
    held: H,
    service: R,
    head_limit: HeadLimit,
    mut stopped: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Unpin + Send + 'static,
    R: Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: 'static>,
    B: Body<Data = Bytes, Error: Into<BoxError>> + 'static,
{
    let mut stream = ClientStream::new(stream, held);
    // Where the protocol is known, this awaits the first bytes within their limit.
    let detected = tokio::select! {
        // A client that has sent nothing yet does not delay a shutdown.
        _ = stopped.wait_for(|&stopped| stopped) => return,
        detected = timeout(FIRST_BYTES_TIMEOUT, stream.speaks_http2()) => detected,
    };
    let Ok(Ok(has_preface)) = detected else {
        return;
    };
    let is_http2 = protocol.map_or(has_preface, |protocol| {
        protocol == NegotiatedProtocol::Http2
    });
    let stream = TokioIo::new(stream);
    let ended = if is_http2 {
        let mut builder = http2::Builder::new(LocalExecutor);
        builder
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_INTERVAL)
            .max_header_list_size(head_limit.http2_bytes_max())
            .max_concurrent_streams(STREAMS_MAX);
        let connection = builder.serve_connection(stream, service);
        drive(connection, http2::Connection::graceful_shutdown, stopped).await
    } else {
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(BUFFER_BYTES_MAX.max(head_limit.bytes_max))
            // Most responses are small: one buffer, one write.
            .writev(false);
        let connection = builder.serve_connection(stream, service).with_upgrades();
        let finish = http1::UpgradeableConnection::graceful_shutdown;
        drive(connection, finish, stopped).await
    };
    if let Err(error) = ended {
        if error.is_parse_too_large() {
            head_limit.metrics.count_limit(Limit::HeaderSize);
        }
        tracing::debug!("a connection ended: {error}");
    }
}

impl HeadLimit {
    fn http2_bytes_max(&self) -> u32 {
        u32::try_from(self.bytes_max.saturating_mul(2)).unwrap_or(u32::MAX)
    }
}

/// Runs a connection until it ends, and calls `finish` once `stopped` is true.
async fn drive<C: Future>(
    connection: C,
    finish: impl FnOnce(Pin<&mut C>),
    mut stopped: watch::Receiver<bool>,
) -> C::Output {
    let mut connection = pin!(connection);
    tokio::select! {
        biased;
        ended = connection.as_mut() => return ended,
        _ = stopped.wait_for(|&stopped| stopped) => {}
    }
    finish(connection.as_mut());
    connection.await
}

#[cfg(test)]
mod tests;
