//! One connection, HTTP/1.1 or HTTP/2.

use std::{convert::Infallible, io, sync::Arc, time::Duration};

use hyper::{
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::graceful::Watcher,
};
use tokio::{
    net::TcpStream,
    sync::watch,
    time::{sleep, timeout},
};

use crate::request::service::Service;

/// How long a client may take from connecting to its first bytes.
const FIRST_BYTES_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a client may take for the head of a request, the wait for the request included.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// How much of a request is held at once. A head that does not fit is answered with 431; what the
/// socket gave in one piece may be somewhat more.
const BUFFER_BYTES_MAX: usize = 64 * 1024;
/// Requests at once on one HTTP/2 connection.
const STREAMS_MAX: u32 = 128;
/// An HTTP/2 client that is silent so long is asked whether it is there.
const PING_INTERVAL: Duration = Duration::from_secs(60);
/// How the client of HTTP/2 begins (RFC 9113 section 3.4); no method of HTTP/1.1 begins so.
const HTTP2_START: &[u8; 3] = b"PRI";
/// How long to wait at first for more than one or two bytes; each wait is twice as long as the last.
const PEEK_INTERVAL: Duration = Duration::from_millis(10);

/// Serves a connection until either side ends it.
pub(crate) async fn serve(
    stream: TcpStream,
    service: Service,
    watcher: Watcher,
    mut stopped: watch::Receiver<bool>,
) {
    // An answer waits for no other; where this fails it is only slower.
    let _ = stream.set_nodelay(true);
    let spoken = tokio::select! {
        // A client that has said nothing yet holds up no shutdown.
        _ = stopped.wait_for(|&stopped| stopped) => return,
        spoken = timeout(FIRST_BYTES_TIMEOUT, speaks_http2(&stream)) => spoken,
    };
    let Ok(Ok(is_http2)) = spoken else {
        return;
    };
    let service = Arc::new(service);
    let service = service_fn(move |request| {
        let service = Arc::clone(&service);
        async move { Ok::<_, Infallible>(service.answer(request).await) }
    });
    let stream = TokioIo::new(stream);
    let ended = if is_http2 {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_INTERVAL)
            .max_concurrent_streams(STREAMS_MAX);
        watcher
            .watch(builder.serve_connection(stream, service))
            .await
    } else {
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(BUFFER_BYTES_MAX)
            // Answers are small: one buffer, one write.
            .writev(false);
        watcher
            .watch(builder.serve_connection(stream, service))
            .await
    };
    if let Err(error) = ended {
        tracing::debug!("a connection ended: {error}");
    }
}

/// Which protocol the client speaks, by its first bytes, which stay unread.
async fn speaks_http2(stream: &TcpStream) -> io::Result<bool> {
    let mut start = [0; HTTP2_START.len()];
    let mut wait = PEEK_INTERVAL;
    loop {
        let length = stream.peek(&mut start).await?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match start.get(..length) {
            Some(seen) if seen == HTTP2_START => return Ok(true),
            Some(seen) if HTTP2_START.starts_with(seen) => {
                sleep(wait).await;
                wait *= 2;
            }
            _ => return Ok(false),
        }
    }
}
