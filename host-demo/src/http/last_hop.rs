//! The last part of a request's way, written for the server that the request is forwarded to.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue, uri::Scheme};

use super::{
    forwarded::{FORWARDED, X_FORWARDED_FOR},
    request_host::RequestHost,
};

const X_FORWARDED_HOST: &str = "x-forwarded-host";
const X_FORWARDED_PROTO: &str = "x-forwarded-proto";
const X_REAL_IP: &str = "x-real-ip";
/// The start of the names of all such headers, those included that are not written here.
const X_FORWARDED: &str = "x-forwarded-";

/// From whom this server received a request, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LastHop<'a> {
    /// The address of the other end of the connection.
    pub(crate) peer: IpAddr,
    /// Whose request it is; the peer's own, unless the peer is a trusted proxy.
    pub(crate) client: IpAddr,
    /// Whether the peer is a trusted proxy.
    pub(crate) is_trusted: bool,
    /// How the request came to this server.
    pub(crate) scheme: &'a Scheme,
    /// For which host it came, if it names one.
    pub(crate) host: Option<RequestHost<'a>>,
}

impl LastHop<'_> {
    /// Sets `Forwarded`, `X-Forwarded-For`, `-Proto` and `-Host` on a request that is forwarded.
    ///
    /// What an untrusted peer wrote is removed before: these headers, all others whose names begin
    /// with `X-Forwarded-`, and `X-Real-IP`. A list of a trusted proxy is continued, and its
    /// `X-Forwarded-Proto` and `-Host` stay. If it wrote one list only, the other begins with the
    /// client that this one names.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        if !self.is_trusted {
            remove_forwarding_headers(headers);
        }
        let peer = self.peer.to_canonical();
        let client = Some(self.client.to_canonical()).filter(|client| *client != peer);
        let first = client.map(|client| format!("for={}", node(client)));
        continue_list(headers, FORWARDED, first, &self.element());
        let first = client.map(|client| client.to_string());
        continue_list(headers, X_FORWARDED_FOR, first, &peer.to_string());
        keep_or_set(headers, X_FORWARDED_PROTO, Some(self.scheme.as_str()));
        keep_or_set(
            headers,
            X_FORWARDED_HOST,
            self.host.map(RequestHost::as_str),
        );
    }

    /// An element of `Forwarded`.
    fn element(&self) -> String {
        let (peer, scheme) = (node(self.peer.to_canonical()), self.scheme);
        match self.host.map(RequestHost::as_str) {
            // No host has anything to escape.
            Some(host) => format!("for={peer};host=\"{host}\";proto={scheme}"),
            None => format!("for={peer};proto={scheme}"),
        }
    }
}

/// An address in `Forwarded`.
fn node(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("\"[{address}]\""),
    }
}

/// Removes what says how a request came here.
pub(crate) fn remove_forwarding_headers(headers: &mut HeaderMap) {
    let is_forwarding = |name: &&HeaderName| {
        let name = name.as_str();
        name == FORWARDED || name == X_REAL_IP || name.starts_with(X_FORWARDED)
    };
    let found: Vec<HeaderName> = headers.keys().filter(is_forwarding).cloned().collect();
    for name in found {
        headers.remove(name);
    }
}

/// Adds an entry to a list, as one line: some servers read one line only. `first` begins the list
/// if there is none, or one that is not text.
fn continue_list(headers: &mut HeaderMap, name: &'static str, first: Option<String>, own: &str) {
    let lines = headers.get_all(name).into_iter();
    let lines: Result<Vec<&str>, _> = lines.map(HeaderValue::to_str).collect();
    let list = lines.ok().map(|lines| lines.join(", "));
    let list = list.filter(|list| !list.is_empty()).or(first);
    let value = list.map_or_else(|| own.to_owned(), |list| format!("{list}, {own}"));
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

/// Sets a header unless it is there, once.
fn keep_or_set(headers: &mut HeaderMap, name: &'static str, value: Option<&str>) {
    if headers.get_all(name).into_iter().count() == 1 {
        return;
    }
    headers.remove(name);
    if let Some(Ok(value)) = value.map(HeaderValue::from_str) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests;
