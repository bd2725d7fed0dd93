//! The host for which a request came: the value of `Host`, or of HTTP/2's `:authority`.

use std::net::Ipv6Addr;

/// A host with or without a port, without user information. Stricter than RFC 3986: a name has
/// letters, digits and `-._~`, and no escapes or other delimiters, which no server's name has and
/// which others read in different ways.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct RequestHost<'a> {
    text: &'a str,
    /// The text without the port.
    name: &'a str,
    port: Option<u16>,
}

impl<'a> RequestHost<'a> {
    /// Returns `None` for anything else than such a host.
    pub(crate) fn parse(text: &'a [u8]) -> Option<Self> {
        let text = str::from_utf8(text).ok()?;
        let name_length = match text.strip_prefix('[') {
            Some(rest) => "[]".len() + rest.find(']')?,
            None => text.find(':').unwrap_or(text.len()),
        };
        let (name, port) = text.split_at_checked(name_length)?;
        let port = match port.strip_prefix(':') {
            Some(digits) => Some(parsed_port(digits)?),
            None if port.is_empty() => None,
            None => return None,
        };
        is_name(name).then_some(Self { text, name, port })
    }

    /// As it was sent.
    pub(crate) const fn as_str(self) -> &'a str {
        self.text
    }

    /// Whether both are the same host, where a missing port is the default one.
    pub(crate) fn is_same(self, other: Self, default_port: u16) -> bool {
        let ports = [self.port, other.port].map(|port| port.unwrap_or(default_port));
        self.name.eq_ignore_ascii_case(other.name) && ports[0] == ports[1]
    }
}

/// Without a sign, which `u16` would accept.
fn parsed_port(digits: &str) -> Option<u16> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}

fn is_name(name: &str) -> bool {
    if let Some(bracketed) = name.strip_prefix('[') {
        let address = bracketed.strip_suffix(']').map(str::parse::<Ipv6Addr>);
        return matches!(address, Some(Ok(_)));
    }
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_part)
}

#[cfg(test)]
mod tests;
