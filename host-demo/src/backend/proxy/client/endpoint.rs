//! Where an upstream is, and how it is spoken to.

use std::{fmt, path::PathBuf};

use http::uri::{Authority, Scheme};
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;

use crate::tls::{
    TlsError,
    client::{ClientTls, Offer, server_name},
};

/// Where an upstream listens.
#[derive(Clone, Debug)]
pub(crate) enum Endpoint {
    /// A host name or an IP address; a name is resolved for each connection.
    Tcp { host: String, port: u16 },
    /// The same, over TLS.
    Tls {
        host: String,
        port: u16,
        handshake: TlsHandshake,
    },
    /// The path of a Unix socket.
    Unix(PathBuf),
}

/// How an upstream is spoken to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Protocol {
    /// HTTP/1.1: one request at a time on each connection.
    Http1,
    /// HTTP/2: many requests on one connection. The upstream is known to speak it, or says so in the
    /// TLS handshake.
    Http2,
}

/// What is offered to an upstream, and whose certificate it has to show.
#[derive(Clone)]
pub(crate) struct TlsHandshake {
    pub(super) connector: TlsConnector,
    pub(super) server_name: ServerName<'static>,
    pub(super) protocol: Protocol,
}

impl Endpoint {
    /// An endpoint with TLS, whose upstream has a certificate for `host` and speaks `protocol`.
    ///
    /// # Errors
    /// No certificate can be for `host`.
    pub(crate) fn tls(
        tls: &ClientTls,
        host: String,
        port: u16,
        protocol: Protocol,
    ) -> Result<Self, TlsError> {
        let offer = match protocol {
            Protocol::Http1 => Offer::Http1,
            Protocol::Http2 => Offer::Http2,
        };
        let handshake = TlsHandshake {
            connector: tls.connector(offer),
            server_name: server_name(&host)?,
            protocol,
        };
        Ok(Self::Tls {
            host,
            port,
            handshake,
        })
    }

    pub(super) const fn scheme(&self) -> Scheme {
        match self {
            Self::Tls { .. } => Scheme::HTTPS,
            Self::Tcp { .. } | Self::Unix(_) => Scheme::HTTP,
        }
    }

    /// What a request without `Host` is for.
    pub(super) fn authority(&self) -> Authority {
        let text = match self {
            Self::Tcp { .. } | Self::Tls { .. } => self.to_string(),
            Self::Unix(_) => String::new(),
        };
        text.parse()
            .unwrap_or_else(|_| Authority::from_static("localhost"))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } | Self::Tls { host, port, .. } if host.contains(':') => {
                write!(formatter, "[{host}]:{port}")
            }
            Self::Tcp { host, port } | Self::Tls { host, port, .. } => {
                write!(formatter, "{host}:{port}")
            }
            Self::Unix(path) => write!(formatter, "unix:{}", path.display()),
        }
    }
}

impl fmt::Debug for TlsHandshake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TlsHandshake")
            .field("server_name", &self.server_name)
            .field("protocol", &self.protocol)
            .finish_non_exhaustive()
    }
}
