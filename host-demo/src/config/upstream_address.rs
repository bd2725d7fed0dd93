//! The addresses of an upstream.

use std::{fmt, net::Ipv6Addr, path::PathBuf, str::FromStr};

/// Addresses of one upstream, which are replicas of each other.
const REPLICAS_MAX: usize = 64;
const HTTP_PORT: u16 = 80;
const HTTPS_PORT: u16 = 443;

/// One address of an upstream: `http://HOST:PORT`, `https://HOST:PORT` or `unix:PATH`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum UpstreamAddress {
    /// TCP. A name is resolved when a connection is opened.
    Tcp {
        /// A name, an IPv4 address, or an IPv6 address without brackets.
        host: String,
        /// The port.
        port: u16,
        /// Whether the connection is encrypted (`https://`).
        is_tls: bool,
    },
    /// A Unix socket.
    Unix(PathBuf),
}

/// From 1 to 64 addresses, which differ.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UpstreamAddresses(Vec<UpstreamAddress>);

impl UpstreamAddress {
    /// Whether connections to it are encrypted.
    #[must_use]
    pub const fn is_tls(&self) -> bool {
        matches!(self, Self::Tcp { is_tls: true, .. })
    }

    /// The value of `Host` for this address: the port is left out where it is the scheme's own.
    #[must_use]
    pub fn authority(&self) -> String {
        match self {
            Self::Unix(_) => "localhost".to_owned(),
            Self::Tcp { host, port, is_tls } => {
                let host = if host.contains(':') {
                    format!("[{host}]")
                } else {
                    host.clone()
                };
                match (port, is_tls) {
                    (&HTTP_PORT, false) | (&HTTPS_PORT, true) => host,
                    _ => format!("{host}:{port}"),
                }
            }
        }
    }

    /// Its scheme: `http` for a Unix socket as well.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        match self {
            Self::Tcp { is_tls: true, .. } => "https",
            Self::Tcp { .. } | Self::Unix(_) => "http",
        }
    }
}

impl fmt::Display for UpstreamAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { .. } => write!(formatter, "{}://{}", self.scheme(), self.authority()),
            Self::Unix(path) => write!(formatter, "unix:{}", path.display()),
        }
    }
}

impl FromStr for UpstreamAddress {
    /// What would be right.
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "http://HOST:PORT or unix:PATH, without a path, a user or a query";
        if let Some(path) = text.strip_prefix("unix:") {
            let is_absolute = path.starts_with('/') && !path.contains('\0');
            return if is_absolute {
                Ok(Self::Unix(PathBuf::from(path)))
            } else {
                Err("unix: and an absolute path, such as unix:/run/vllm.sock")
            };
        }
        let (scheme, rest) = text.split_once("://").ok_or(EXPECTED)?;
        let is_tls = match scheme {
            _ if scheme.eq_ignore_ascii_case("http") => false,
            _ if scheme.eq_ignore_ascii_case("https") => true,
            _ => return Err(EXPECTED),
        };
        let authority: http::uri::Authority = rest
            .strip_suffix('/')
            .unwrap_or(rest)
            .parse()
            .map_err(|_| EXPECTED)?;
        if rest.contains('@') {
            return Err(EXPECTED);
        }
        let default_port = if is_tls { HTTPS_PORT } else { HTTP_PORT };
        let has_port = authority.as_str().len() > authority.host().len();
        let port = match authority.port_u16() {
            Some(port @ 1..) => port,
            None if !has_port => default_port,
            _ => return Err("a port from 1 to 65535"),
        };
        let host = host(authority.host()).ok_or(EXPECTED)?.to_owned();
        Ok(Self::Tcp { host, port, is_tls })
    }
}

/// A name or an IPv4 address as it is, an IPv6 address without its brackets.
fn host(text: &str) -> Option<&str> {
    let Some(bracketed) = text.strip_prefix('[') else {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        return (!text.is_empty() && text.bytes().all(is_part)).then_some(text);
    };
    let address = bracketed.strip_suffix(']')?;
    address.parse::<Ipv6Addr>().ok()?;
    Some(address)
}

impl UpstreamAddresses {
    /// In the order of the setting; at least one.
    pub fn iter(&self) -> impl Iterator<Item = &UpstreamAddress> {
        self.0.iter()
    }

    /// Whether there is more than one.
    #[must_use]
    pub const fn are_several(&self) -> bool {
        self.0.len() > 1
    }
}

impl FromStr for UpstreamAddresses {
    /// What would be right.
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut addresses: Vec<UpstreamAddress> = Vec::new();
        for text in text.split(',') {
            let address = text.trim().parse()?;
            if addresses.contains(&address) {
                return Err("addresses that differ");
            }
            addresses.push(address);
        }
        if addresses.len() > REPLICAS_MAX {
            return Err("at most 64 addresses");
        }
        Ok(Self(addresses))
    }
}

#[cfg(test)]
mod tests;
