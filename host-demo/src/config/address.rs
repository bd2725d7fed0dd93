//! Where the server listens: addresses as TorchServe writes them, and the sockets that they make.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use thiserror::Error;

const PORT_WITHOUT_ONE: u16 = 80;

/// An address such as `http://127.0.0.1:8080`, `http://[::1]:8080` or `http://localhost:8080`.
///
/// `localhost` is 127.0.0.1; other host names are refused, because the address that a name resolves to
/// can change. The default port is 80, as in TorchServe; port 0 lets the operating system choose one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ListenAddress(SocketAddr);

/// Why a text is not a [`ListenAddress`].
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum InvalidListenAddress {
    /// It asks for TLS.
    #[error("https:// is not supported")]
    Tls,
    /// It is anything else.
    #[error(
        "http://HOST:PORT, where HOST is an IPv4 address, an IPv6 address in brackets, or localhost"
    )]
    Malformed,
}

impl ListenAddress {
    /// The address to bind.
    #[must_use]
    pub fn socket_address(self) -> SocketAddr {
        self.0
    }

    /// Whether only this machine can reach it.
    #[must_use]
    pub fn is_loopback(self) -> bool {
        self.0.ip().to_canonical().is_loopback()
    }
}

impl FromStr for ListenAddress {
    type Err = InvalidListenAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, host) = text
            .split_once("://")
            .ok_or(InvalidListenAddress::Malformed)?;
        if scheme.eq_ignore_ascii_case("https") {
            return Err(InvalidListenAddress::Tls);
        }
        if !scheme.eq_ignore_ascii_case("http") {
            return Err(InvalidListenAddress::Malformed);
        }
        socket_address(host)
            .map(Self)
            .ok_or(InvalidListenAddress::Malformed)
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "http://{}", self.0)
    }
}

fn socket_address(host: &str) -> Option<SocketAddr> {
    if let Ok(address) = host.parse() {
        return Some(address);
    }
    if let Some(inner) = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
    {
        let address: Ipv6Addr = inner.parse().ok()?;
        return Some(SocketAddr::from((address, PORT_WITHOUT_ONE)));
    }
    let (name, port) = match host.split_once(':') {
        Some((name, port)) => (name, port.parse().ok()?),
        None => (host, PORT_WITHOUT_ONE),
    };
    let address = if name.eq_ignore_ascii_case("localhost") {
        Ipv4Addr::LOCALHOST
    } else {
        name.parse().ok()?
    };
    Some(SocketAddr::from((address, port)))
}

/// The three addresses of TorchServe; two or all three may be equal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Listeners {
    /// Predictions, `/ping` and INFERENCE plugins.
    pub inference: ListenAddress,
    /// Models, `/token` and MANAGEMENT plugins.
    pub management: ListenAddress,
    /// Metrics and METRIC plugins.
    pub metrics: ListenAddress,
}

/// The APIs that one listener serves.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Roles {
    /// The inference API.
    pub inference: bool,
    /// The management API.
    pub management: bool,
    /// The metrics API.
    pub metrics: bool,
}

/// One socket to bind and the APIs that it serves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Listener {
    /// The address to bind.
    pub address: ListenAddress,
    /// The APIs that it serves; at least one.
    pub roles: Roles,
}

impl Listeners {
    /// The sockets to bind, one for equal addresses, in the order inference, management, metrics.
    ///
    /// Addresses with port 0 are never equal: each gets a port of its own.
    #[must_use]
    pub fn sockets(&self) -> Vec<Listener> {
        let Self {
            inference,
            management,
            metrics,
        } = *self;
        let mut sockets: Vec<Listener> = Vec::with_capacity(3);
        let only = Roles::default();
        for (address, role) in [
            (
                inference,
                Roles {
                    inference: true,
                    ..only
                },
            ),
            (
                management,
                Roles {
                    management: true,
                    ..only
                },
            ),
            (
                metrics,
                Roles {
                    metrics: true,
                    ..only
                },
            ),
        ] {
            let is_shared =
                |socket: &&mut Listener| address.0.port() != 0 && socket.address == address;
            match sockets.iter_mut().find(is_shared) {
                Some(socket) => socket.roles = socket.roles.and(role),
                None => sockets.push(Listener {
                    address,
                    roles: role,
                }),
            }
        }
        sockets
    }
}

impl Roles {
    /// Label and name of each API that is served.
    pub(crate) fn apis(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let Self {
            inference,
            management,
            metrics,
        } = self;
        let all = [
            (inference, ("inference", "Inference")),
            (management, ("management", "Management")),
            (metrics, ("metrics", "Metrics")),
        ];
        all.into_iter()
            .filter(|(is_served, _)| *is_served)
            .map(|(_, names)| names)
    }

    /// The label of a listener in the metrics, such as `inference` or `inference+management`.
    pub(crate) fn label(self) -> String {
        let labels = self.apis().map(|(label, _)| label);
        labels.collect::<Vec<_>>().join("+")
    }

    fn and(self, other: Self) -> Self {
        Self {
            inference: self.inference || other.inference,
            management: self.management || other.management,
            metrics: self.metrics || other.metrics,
        }
    }
}

#[cfg(test)]
mod tests;
