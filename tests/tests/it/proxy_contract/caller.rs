//! One client over one transport, which keeps its connections.

use std::net::SocketAddr;

use integration_tests::{
    ClientExchange, Connection, Host, Listener, Request, Response, TlsClient, get,
    http2::Http2Connection,
};

use crate::expect::{assert_denied, is_denied};

/// How a client reaches the host.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Transport {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2 with prior knowledge.
    Http2,
    /// HTTP/1.1 over TLS, agreed on by ALPN.
    TlsHttp1,
    /// HTTP/2 over TLS, agreed on by ALPN.
    TlsHttp2,
}

/// A client; each listener gets one connection, as long as the host leaves it open.
pub(super) struct Caller<'f> {
    pub(super) transport: Transport,
    pub(super) host: &'f Host,
    tls: Option<TlsClient>,
    connections: [Option<Wire>; 3],
}

enum Wire {
    Http1(Box<Connection>),
    Http2(Http2Connection),
}

impl Transport {
    /// Those of a listener with or without TLS.
    pub(super) const fn of(has_tls: bool) -> [Self; 2] {
        if has_tls {
            [Self::TlsHttp1, Self::TlsHttp2]
        } else {
            [Self::Http1, Self::Http2]
        }
    }

    pub(super) const fn is_http2(self) -> bool {
        matches!(self, Self::Http2 | Self::TlsHttp2)
    }
}

impl<'f> Caller<'f> {
    pub(super) fn new(host: &'f Host, transport: Transport, tls: Option<&TlsClient>) -> Self {
        let protocol = match transport {
            Transport::TlsHttp2 => "h2",
            _ => "http/1.1",
        };
        Self {
            transport,
            host,
            tls: tls.map(|client| client.offering(&[protocol])),
            connections: [None, None, None],
        }
    }

    fn connect(&self, listener: Listener) -> Wire {
        match (self.transport.is_http2(), &self.tls) {
            (false, None) => Wire::Http1(Box::new(self.host.connect(listener))),
            (false, Some(tls)) => Wire::Http1(Box::new(self.host.connect_encrypted(listener, tls))),
            (true, _) => Wire::Http2(self.connect_http2(self.host.address(listener))),
        }
    }

    /// A connection of HTTP/2 to any listener of the host, for a caller over HTTP/2.
    pub(super) fn connect_http2(&self, address: SocketAddr) -> Http2Connection {
        assert!(self.transport.is_http2(), "{:?}", self.transport);
        match &self.tls {
            None => Http2Connection::open(address),
            Some(tls) => Http2Connection::try_open_encrypted(address, tls).expect("a handshake"),
        }
    }

    /// Sends a request and reads the response.
    pub(super) fn exchange(&mut self, listener: Listener, request: &Request) -> Response {
        let mut wire = match self.connections[listener as usize].take() {
            Some(wire) => wire,
            None => self.connect(listener),
        };
        let response = match &mut wire {
            Wire::Http1(connection) => connection.exchange(request),
            Wire::Http2(connection) => connection.exchange(request),
        };
        if !response.closes() {
            self.connections[listener as usize] = Some(wire);
        }
        response
    }

    pub(super) fn inference(&mut self, request: &Request) -> Response {
        self.exchange(Listener::Inference, request)
    }

    pub(super) fn management(&mut self, request: &Request) -> Response {
        self.exchange(Listener::Management, request)
    }

    pub(super) fn metrics(&mut self, request: &Request) -> Response {
        self.exchange(Listener::Metrics, request)
    }

    /// A request on a connection of its own, whose response is read piece by piece.
    pub(super) fn start(&self, listener: Listener, request: &Request) -> ClientExchange {
        match self.connect(listener) {
            Wire::Http1(connection) => ClientExchange::over_http1(*connection, request),
            Wire::Http2(connection) => ClientExchange::over_http2(connection, request),
        }
    }

    /// Replaces a key through `/token`.
    #[track_caller]
    pub(super) fn rotate(&mut self, kind: &str) {
        let request = get(&format!("/token?type={kind}")).key(&self.host.keys().api);
        let response = self.management(&request);
        assert_eq!(response.status, 200, "{:?} {response:?}", self.transport);
    }

    #[track_caller]
    pub(super) fn assert_denied(&mut self, listener: Listener, request: &Request) {
        assert_denied(&self.exchange(listener, request));
    }

    /// Whether the token check lets a request with this key pass.
    pub(super) fn opens(&mut self, listener: Listener, request: &Request, key: &str) -> bool {
        !is_denied(&self.exchange(listener, &request.clone().key(key)))
    }
}
