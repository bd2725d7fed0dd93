//! One connection, HTTP/1.1 or HTTP/2, over any stream of bytes.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use http::{Request, Response};
use hyper::{
    body::{Body, Incoming},
    server::conn::{http1, http2},
    service::Service,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};

use super::{
    client_stream::ClientStream,
    handshake::{Handshake, NegotiatedProtocol},
    stall_timeout::StallTimeout,
};
use crate::{
    http::{
        body::BoxError,
        connection_limits::ConnectionLimits,
        connection_state::{Close, ConnectionState},
        local_executor::LocalExecutor,
    },
    telemetry::metrics::Limit,
};

/// How much of a request, and how much of a response, is buffered at once, unless the head of a
/// request may be larger; the data of a single read may exceed it somewhat. Over HTTP/2 it is the limit for
/// each response.
const BUFFER_BYTES_MAX: usize = 64 * 1024;
/// How much of the body of one request over HTTP/2 a client may send before any of it is read.
const STREAM_WINDOW_BYTES: u32 = 1024 * 1024;
/// The same for all requests of a connection: larger, so that one upload that is not read does not stop the
/// others, and as much as one client can make the server keep.
const CONNECTION_WINDOW_BYTES: u32 = 4 * STREAM_WINDOW_BYTES;
/// An HTTP/2 client that is silent for this long gets a PING.
const PING_INTERVAL: Duration = Duration::from_secs(60);

/// Serves a connection until either side closes it, an upgrade takes its stream over, or its state asks for its
/// end.
///
/// A head of more than `header_bytes_max` is answered by HTTP itself, over HTTP/2 one of twice as many.
/// `held` is dropped with the stream. Must run where tasks can be spawned on the current thread.
pub(crate) async fn serve<S, H, R, B>(
    stream: S,
    held: H,
    service: R,
    state: Arc<ConnectionState>,
    header_bytes_max: usize,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Unpin + Send + 'static,
    R: Service<Request<Incoming>, Response = Response<B>, Error: Into<BoxError>, Future: 'static>,
    B: Body<Error: Into<BoxError>> + 'static,
{
    let stream = StallTimeout::new(stream, Arc::clone(&state));
    serve_protocol(stream, None, held, service, state, header_bytes_max).await;
}

/// As [`serve`], after the TLS handshake. `held` is held meanwhile.
pub(crate) async fn serve_encrypted<S, H, R, B>(
    stream: S,
    handshake: Handshake,
    held: H,
    service: R,
    state: Arc<ConnectionState>,
    header_bytes_max: usize,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Unpin + Send + 'static,
    R: Service<Request<Incoming>, Response = Response<B>, Error: Into<BoxError>, Future: 'static>,
    B: Body<Error: Into<BoxError>> + 'static,
{
    // Below TLS, which keeps what the peer does not accept, so that writing to it succeeds.
    let stream = StallTimeout::new(stream, Arc::clone(&state));
    let secured = tokio::select! {
        // No request has begun.
        () = state.closed() => return,
        secured = handshake.perform(stream) => secured,
    };
    let Some((stream, protocol)) = secured else {
        return;
    };
    serve_protocol(stream, protocol, held, service, state, header_bytes_max).await;
}

/// The client's first bytes show the protocol, unless it is known.
async fn serve_protocol<S, H, R, B>(
    stream: S,
    protocol: Option<NegotiatedProtocol>,
    held: H,
    service: R,
    state: Arc<ConnectionState>,
    header_bytes_max: usize,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Unpin + Send + 'static,
    R: Service<Request<Incoming>, Response = Response<B>, Error: Into<BoxError>, Future: 'static>,
    B: Body<Error: Into<BoxError>> + 'static,
{
    let limits = state.limits();
    let mut stream = ClientStream::new(stream, Arc::clone(&state), held);
    // Where the protocol is known, this awaits the first bytes within their limit.
    let first_bytes = timeout(limits.values.header_timeout, stream.speaks_http2());
    let detected = tokio::select! {
        // No request has begun.
        () = state.closed() => return,
        detected = first_bytes => detected,
    };
    let has_preface = match detected {
        Ok(Ok(has_preface)) => has_preface,
        Ok(Err(_)) => return,
        Err(_) => return limits.metrics.count_limit(Limit::HeaderTimeout),
    };
    let is_http2 = protocol.map_or(has_preface, |protocol| {
        protocol == NegotiatedProtocol::Http2
    });
    stream.begin(is_http2);
    let stream = TokioIo::new(stream);
    let ended = if is_http2 {
        let connection = http2_builder(limits, header_bytes_max).serve_connection(stream, service);
        drive(connection, http2::Connection::graceful_shutdown, &state).await
    } else {
        let builder = http1_builder(header_bytes_max);
        let connection = builder.serve_connection(stream, service).with_upgrades();
        let finish = http1::UpgradeableConnection::graceful_shutdown;
        drive(connection, finish, &state).await
    };
    state.end();
    if let Err(error) = ended {
        if error.is_parse_too_large() {
            limits.metrics.count_limit(Limit::HeaderSize);
        }
        tracing::debug!("a connection ended: {error}");
    }
}

fn http2_builder(
    limits: &ConnectionLimits,
    header_bytes_max: usize,
) -> http2::Builder<LocalExecutor> {
    let mut builder = http2::Builder::new(LocalExecutor);
    builder
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_INTERVAL)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_send_buf_size(BUFFER_BYTES_MAX)
        .max_header_list_size(http2_head_bytes_max(header_bytes_max))
        .max_concurrent_streams(limits.values.streams_max);
    builder
}

fn http1_builder(header_bytes_max: usize) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        // The sweep of the thread looks at the time of a head.
        .header_read_timeout(None)
        .max_buf_size(BUFFER_BYTES_MAX.max(header_bytes_max))
        // Most responses are small: one buffer, one write.
        .writev(false);
    builder
}

/// A head over HTTP/2 may have twice as many bytes before it never reaches the service.
fn http2_head_bytes_max(bytes_max: usize) -> u32 {
    u32::try_from(bytes_max.saturating_mul(2)).unwrap_or(u32::MAX)
}

/// Runs a connection until it ends or its state asks for that, and calls `finish` if it is to end in order.
async fn drive<C>(
    connection: C,
    finish: impl Fn(Pin<&mut C>),
    state: &ConnectionState,
) -> hyper::Result<()>
where
    C: Future<Output = hyper::Result<()>>,
{
    let mut connection = pin!(connection);
    let mut is_finishing = false;
    poll_fn(|context| {
        loop {
            state.give_turn_to_read();
            if let Poll::Ready(ended) = connection.as_mut().poll(context) {
                return Poll::Ready(ended);
            }
            match state.poll_close(context) {
                Some(Close::Abort) => return Poll::Ready(Ok(())),
                Some(Close::Finish) if !is_finishing => {
                    is_finishing = true;
                    finish(connection.as_mut());
                }
                Some(Close::Finish) | None => return Poll::Pending,
            }
        }
    })
    .await
}

#[cfg(test)]
mod tests;
