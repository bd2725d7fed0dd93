//! One request on a connection of its own, which no pool knows.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::{
    connector::connect,
    destination::Destination,
    driver::Driver,
    error::{ConnectError, InvalidResponse, SendError},
    resolver::Resolver,
    stream::UpstreamStream,
};

/// The largest head of a response.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// Sends a request over HTTP/1.1, and returns the status of its response. The rest of the response
/// is not read. Must be used where tasks can be spawned on the current thread.
///
/// # Errors
/// No connection could be opened within `connect_timeout`, or no valid response came.
pub(crate) async fn probe(
    destination: &Destination,
    resolver: &Resolver,
    request: Request<Empty<Bytes>>,
    connect_timeout: Duration,
) -> Result<StatusCode, SendError> {
    let stream = connect(destination.endpoint(), resolver, connect_timeout).await?;
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD_BYTES_MAX);
    let handshake = builder
        .handshake(TokioIo::new(UpstreamStream::new(stream, ())))
        .await;
    let (mut sender, connection) = handshake.map_err(|error| SendError::Connect {
        endpoint: destination.endpoint().to_string(),
        source: ConnectError::Handshake(error),
    })?;
    let _driver = Driver::spawn(connection, || ());
    let response = sender.send_request(request).await.map_err(|error| {
        if error.is_parse() {
            SendError::InvalidResponse(InvalidResponse::Malformed(error))
        } else {
            SendError::Closed(error)
        }
    })?;
    Ok(response.status())
}
