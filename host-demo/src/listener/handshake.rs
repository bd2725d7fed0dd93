//! The TLS handshake of one connection.

use std::{io, sync::Arc};

use rustls::{Error as TlsProtocolError, InvalidMessage};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use tokio_rustls::server::TlsStream;

use crate::{
    telemetry::metrics::{HandshakeFailure, ListenerId, Metrics},
    tls::server::{HTTP2, ServerTls},
};

/// A handshake that is still to be made.
#[derive(Debug)]
pub(crate) struct Handshake {
    pub(crate) tls: Arc<ServerTls>,
    /// Whose failures are counted.
    pub(crate) listener: ListenerId,
    pub(crate) metrics: Arc<Metrics>,
}

/// What client and server agreed to speak (ALPN).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NegotiatedProtocol {
    Http1,
    Http2,
}

impl Handshake {
    /// Makes the handshake with the certificate that is in use now. No protocol means that the client does not know
    /// ALPN. A failure is counted, and logged at DEBUG: any scanner of ports can cause it.
    pub(crate) async fn perform<S>(
        self,
        stream: S,
    ) -> Option<(TlsStream<S>, Option<NegotiatedProtocol>)>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let limit = self.tls.handshake_timeout();
        match timeout(limit, self.tls.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => {
                let protocol = protocol(stream.get_ref().1.alpn_protocol());
                Some((stream, protocol))
            }
            Ok(Err(error)) => {
                tracing::debug!("a TLS handshake failed: {error}");
                self.count(reason(&error));
                None
            }
            Err(_) => {
                let seconds = limit.as_secs();
                tracing::debug!("a TLS handshake took longer than {seconds} s");
                self.count(HandshakeFailure::Timeout);
                None
            }
        }
    }

    fn count(&self, reason: HandshakeFailure) {
        let metrics = self.metrics.tls();
        metrics.count_handshake_failure(self.listener, reason);
    }
}

fn protocol(negotiated: Option<&[u8]>) -> Option<NegotiatedProtocol> {
    negotiated.map(|name| {
        if name == HTTP2 {
            NegotiatedProtocol::Http2
        } else {
            NegotiatedProtocol::Http1
        }
    })
}

fn reason(error: &io::Error) -> HandshakeFailure {
    let error = error.get_ref().and_then(|error| error.downcast_ref());
    match error {
        Some(TlsProtocolError::InvalidMessage(InvalidMessage::InvalidContentType)) => {
            HandshakeFailure::NotTls
        }
        Some(
            TlsProtocolError::NoCertificatesPresented | TlsProtocolError::InvalidCertificate(_),
        ) => HandshakeFailure::ClientCertificate,
        _ => HandshakeFailure::Other,
    }
}

#[cfg(test)]
mod tests;
