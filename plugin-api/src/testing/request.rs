use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use abi_stable::std_types::{ROption, RSlice, RStr};

use crate::{
    Request,
    abi::{RawHeader, RawHeaderLookup, RawPeerAddress, RawRequest},
};

/// A request that a test makes up.
///
/// ```
/// use plugin_api::testing::TestRequest;
///
/// let request = TestRequest::get("/token?type=inference").with_bearer("k-1");
/// let request = request.as_request();
/// assert_eq!(request.path(), "/token");
/// assert_eq!(request.query(), "type=inference");
/// assert_eq!(request.bearer_token(), Ok(b"k-1".as_slice()));
/// ```
///
/// # Since
/// 1.0
#[derive(Clone, Debug)]
pub struct TestRequest {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, Vec<u8>)>,
    peer: SocketAddr,
    body: Vec<u8>,
}

impl TestRequest {
    /// A request with any method. `target` is the decoded path, and the query after a `?`; the peer is
    /// `127.0.0.1:50000`.
    #[must_use]
    pub fn new(method: impl Into<String>, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method: method.into(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: Vec::new(),
            peer: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 50_000),
            body: Vec::new(),
        }
    }

    /// GET; see [`new`](Self::new).
    #[must_use]
    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// POST; see [`new`](Self::new).
    #[must_use]
    pub fn post(target: &str) -> Self {
        Self::new("POST", target)
    }

    /// PUT; see [`new`](Self::new).
    #[must_use]
    pub fn put(target: &str) -> Self {
        Self::new("PUT", target)
    }

    /// DELETE; see [`new`](Self::new).
    #[must_use]
    pub fn delete(target: &str) -> Self {
        Self::new("DELETE", target)
    }

    /// The same request with one more header, its name in any case.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.into()));
        self
    }

    /// The same request with one more header `Authorization: Bearer KEY`.
    #[must_use]
    pub fn with_bearer(self, key: &str) -> Self {
        self.with_header("authorization", format!("Bearer {key}"))
    }

    /// The same request from another address.
    #[must_use]
    pub const fn with_peer_address(mut self, peer: SocketAddr) -> Self {
        self.peer = peer;
        self
    }

    /// The same request with a body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// What an endpoint takes.
    #[must_use]
    pub fn as_request(&self) -> Request<'_> {
        Request::of(self)
    }

    pub(super) fn method(&self) -> &str {
        &self.method
    }

    /// What a token check sees of it: it comes before the body is read.
    pub(super) fn without_body(&self) -> Self {
        self.clone().with_body(Vec::new())
    }

    fn values(&self, name: RStr<'_>) -> impl Iterator<Item = RSlice<'_, u8>> {
        let headers = self.headers.iter();
        headers
            .filter(move |(known, _)| known == name.as_str())
            .map(|(_, value)| RSlice::from_slice(value))
    }
}

impl RawRequest for TestRequest {
    fn method(&self) -> RStr<'_> {
        RStr::from_str(&self.method)
    }

    fn path(&self) -> RStr<'_> {
        RStr::from_str(&self.path)
    }

    fn query(&self) -> RStr<'_> {
        RStr::from_str(&self.query)
    }

    fn header(&self, name: RStr<'_>) -> RawHeaderLookup<'_> {
        RawHeaderLookup {
            count: self.values(name).count(),
            first: self.values(name).next().unwrap_or(RSlice::EMPTY),
        }
    }

    fn header_value(&self, name: RStr<'_>, index: usize) -> ROption<RSlice<'_, u8>> {
        self.values(name).nth(index).into()
    }

    fn header_at(&self, index: usize) -> ROption<RawHeader<'_>> {
        let header = self.headers.get(index);
        header
            .map(|(name, value)| RawHeader {
                name: RStr::from_str(name),
                value: RSlice::from_slice(value),
            })
            .into()
    }

    fn peer_address(&self) -> RawPeerAddress {
        let octets = match self.peer.ip() {
            IpAddr::V6(address) => address.octets(),
            IpAddr::V4(address) => {
                let mut octets = [0; 16];
                let [first, second, third, fourth, ..] = &mut octets;
                [*first, *second, *third, *fourth] = address.octets();
                octets
            }
        };
        RawPeerAddress {
            octets,
            port: self.peer.port(),
            ip_version: if self.peer.is_ipv6() { 6 } else { 4 },
        }
    }

    fn body(&self) -> RSlice<'_, u8> {
        RSlice::from_slice(&self.body)
    }
}
