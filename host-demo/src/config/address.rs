//! Where the server listens: addresses as TorchServe writes them, and the sockets that they make.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
};

use thiserror::Error;

/// An address such as `http://127.0.0.1:8080`, `https://[::1]:8443` or `http://localhost:8080`.
///
/// `localhost` is 127.0.0.1; other host names are refused, because the address that a name resolves to
/// can change. Port 0 lets the operating system choose one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ListenAddress {
    scheme: Scheme,
    socket: SocketAddr,
}

/// Whether a connection is encrypted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two")]
pub enum Scheme {
    /// Plain text.
    Http,
    /// TLS.
    Https,
}

/// The ports of an address without one.
#[derive(Clone, Copy, Debug)]
pub(super) struct DefaultPorts {
    pub(super) http: u16,
    pub(super) https: u16,
}

/// A text is not a [`ListenAddress`]; the error says what would be right.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error(
    "http://HOST:PORT or https://HOST:PORT, where HOST is an IPv4 address, an IPv6 address in brackets, or localhost"
)]
pub struct InvalidListenAddress;

impl ListenAddress {
    /// Reads an address, which gets one of the default ports where it has none.
    ///
    /// # Errors
    /// It is not an address.
    pub(super) fn parse(text: &str, ports: DefaultPorts) -> Result<Self, InvalidListenAddress> {
        let (scheme, host) = text.split_once("://").ok_or(InvalidListenAddress)?;
        let (scheme, port) = if scheme.eq_ignore_ascii_case("http") {
            (Scheme::Http, ports.http)
        } else if scheme.eq_ignore_ascii_case("https") {
            (Scheme::Https, ports.https)
        } else {
            return Err(InvalidListenAddress);
        };
        let socket = socket_address(host, port).ok_or(InvalidListenAddress)?;
        Ok(Self { scheme, socket })
    }

    /// A socket, encrypted or not.
    pub(super) const fn new(scheme: Scheme, socket: SocketAddr) -> Self {
        Self { scheme, socket }
    }

    /// The address to bind.
    #[must_use]
    pub fn socket_address(self) -> SocketAddr {
        self.socket
    }

    /// Whether its connections are encrypted.
    #[must_use]
    pub const fn scheme(self) -> Scheme {
        self.scheme
    }

    /// Whether it is the socket of another address, but with the other scheme.
    pub(super) fn contradicts(self, other: Self) -> bool {
        self.socket == other.socket && self.socket.port() != 0 && self.scheme != other.scheme
    }

    /// Whether only this machine can reach it.
    #[must_use]
    pub fn is_loopback(self) -> bool {
        self.socket.ip().to_canonical().is_loopback()
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}://{}", self.scheme.as_str(), self.socket)
    }
}

impl Scheme {
    /// As it is written in a URL, without `://`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

fn socket_address(host: &str, default_port: u16) -> Option<SocketAddr> {
    if let Ok(address) = host.parse() {
        return Some(address);
    }
    if let Some(inner) = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
    {
        let address: Ipv6Addr = inner.parse().ok()?;
        return Some(SocketAddr::from((address, default_port)));
    }
    let (name, port) = match host.split_once(':') {
        Some((name, port)) => (name, port.parse().ok()?),
        None => (host, default_port),
    };
    let address = if name.eq_ignore_ascii_case("localhost") {
        Ipv4Addr::LOCALHOST
    } else {
        name.parse().ok()?
    };
    Some(SocketAddr::from((address, port)))
}

#[cfg(test)]
mod tests;
