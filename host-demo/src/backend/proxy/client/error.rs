//! Why a request got no response from its upstream.

use std::{io, time::Duration};

use http::{Request, StatusCode};

use super::sent_body::SentBody;
use crate::{http::body::BoxError, telemetry::metrics::ConnectFailure};

/// A request got no response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// No connection could be opened; nothing was sent.
    #[error("cannot connect to {endpoint}")]
    Connect {
        endpoint: String,
        source: ConnectError,
    },
    /// Connecting took too long; nothing was sent.
    #[error("connecting to {endpoint} took longer than {} ms", limit.as_millis())]
    ConnectTimeout { endpoint: String, limit: Duration },
    /// All connections were in use; nothing was sent.
    #[error("no connection to the upstream is free")]
    NoConnection(#[source] QueueError),
    /// The connection ended before the head of the response; the upstream may have got the request.
    #[error("the upstream closed the connection before its response")]
    Closed(#[source] hyper::Error),
    /// The upstream's response cannot be passed on.
    #[error("the upstream's response is invalid")]
    InvalidResponse(#[source] InvalidResponse),
    /// The client's request body broke off.
    #[error("the request body broke off")]
    RequestBody(#[source] BoxError),
}

/// A request got no response, and may not have been sent.
#[derive(Debug)]
pub(crate) struct SendFailure<B> {
    pub(crate) error: SendError,
    /// The request's body, if nothing of the request was sent: it may be sent elsewhere.
    pub(crate) unsent: Option<B>,
}

impl<B> SendFailure<B> {
    pub(super) const fn unsent(error: SendError, body: B) -> Self {
        let unsent = Some(body);
        Self { error, unsent }
    }

    /// The connection has given the request back.
    pub(super) fn returned(error: SendError, request: Request<SentBody<B>>) -> Self {
        let unsent = request.into_body().into_unsent();
        Self { error, unsent }
    }

    /// How this is counted, if the reason is that the request got no connection.
    pub(super) const fn connect_failure(&self) -> Option<ConnectFailure> {
        self.error.connect_failure()
    }
}

impl<B> From<SendError> for SendFailure<B> {
    /// Some of the request may have been sent.
    fn from(error: SendError) -> Self {
        Self {
            error,
            unsent: None,
        }
    }
}

impl SendError {
    const fn connect_failure(&self) -> Option<ConnectFailure> {
        match self {
            Self::Connect { source, .. } => Some(match source {
                ConnectError::Resolve { .. } | ConnectError::NoAddress { .. } => {
                    ConnectFailure::Resolve
                }
                ConnectError::Unreachable { .. } => ConnectFailure::Unreachable,
                ConnectError::Tls(_) | ConnectError::NoHttp2 => ConnectFailure::Tls,
                ConnectError::Handshake(_) => ConnectFailure::Handshake,
            }),
            Self::ConnectTimeout { .. } => Some(ConnectFailure::Timeout),
            Self::NoConnection(QueueError::Full { .. }) => Some(ConnectFailure::QueueFull),
            Self::NoConnection(QueueError::Timeout { .. }) => Some(ConnectFailure::QueueTimeout),
            Self::Closed(_) | Self::InvalidResponse(_) | Self::RequestBody(_) => None,
        }
    }
}

/// Why no connection could be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    /// The name has no address, or the resolver failed.
    #[error("cannot resolve {host}")]
    Resolve { host: String, source: io::Error },
    /// The resolver knows the name, and no address of it.
    #[error("{host} has no address")]
    NoAddress { host: String },
    /// The last of the addresses that were tried.
    #[error("cannot reach {address}")]
    Unreachable { address: String, source: io::Error },
    /// The upstream is not who it should be, or speaks no TLS.
    #[error("the TLS handshake failed")]
    Tls(#[source] io::Error),
    /// The upstream chose another protocol in the TLS handshake, or none.
    #[error("the upstream did not choose HTTP/2 in the TLS handshake")]
    NoHttp2,
    /// The peer does not speak the protocol.
    #[error("the HTTP handshake failed")]
    Handshake(#[source] hyper::Error),
}

/// Why a request got none of the connections that an upstream may have.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum QueueError {
    #[error("{limit} requests wait for a connection already")]
    Full { limit: usize },
    #[error("no connection became free within {} ms", limit.as_millis())]
    Timeout { limit: Duration },
}

/// What is wrong with a response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvalidResponse {
    /// It is no HTTP.
    #[error("its head is malformed or too large")]
    Malformed(#[source] hyper::Error),
    /// It has two lengths.
    #[error("it has Content-Length and Transfer-Encoding")]
    TwoLengths,
    /// Its length is given more than once.
    #[error("it has several Content-Length headers")]
    SeveralContentLengths,
    /// Its end cannot be known.
    #[error("its Transfer-Encoding is not exactly one `chunked`")]
    TransferEncoding,
    /// It changes the protocol, and the request did not ask for that.
    #[error("it is {}, and the request asked for no upgrade", StatusCode::SWITCHING_PROTOCOLS.as_u16())]
    UnaskedUpgrade,
}
