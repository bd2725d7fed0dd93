use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroU64,
    sync::atomic::{AtomicU64, Ordering},
};

use abi_stable::{
    sabi_trait::TD_Opaque,
    sabi_types::RRef,
    std_types::{ROption, RSlice, RStr},
};

use crate::{
    Request,
    abi::{RawHeader, RawHeaderLookup, RawPeerAddress, RawRequest, RawRequest_TO, RawRequestRef},
};

/// A request of a test.
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
    peer: Option<SocketAddr>,
    body: Vec<u8>,
    model: String,
    is_recheck: bool,
    key: KeyCell,
}

/// The id of the key that a check identified.
#[derive(Debug, Default)]
struct KeyCell(AtomicU64);

impl Clone for KeyCell {
    fn clone(&self) -> Self {
        Self(AtomicU64::new(self.0.load(Ordering::Relaxed)))
    }
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
            peer: Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 50_000)),
            body: Vec::new(),
            model: String::new(),
            is_recheck: false,
            key: KeyCell::default(),
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
        self.peer = Some(peer);
        self
    }

    /// The same request from a client without an IP address, for example on a Unix socket.
    ///
    /// # Since
    /// 1.1
    #[must_use]
    pub const fn without_peer_address(mut self) -> Self {
        self.peer = None;
        self
    }

    /// The same request for a [model](Request::model).
    ///
    /// # Since
    /// 1.1
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.model = model.into();
        self
    }

    /// The same request in a later check; see [`Request::is_recheck`].
    ///
    /// # Since
    /// 1.1
    #[must_use]
    pub const fn as_recheck(mut self) -> Self {
        self.is_recheck = true;
        self
    }

    /// The same request with the id of the key that its check identified, as an endpoint gets it.
    ///
    /// # Since
    /// 1.1
    #[must_use]
    pub fn with_key(self, key: NonZeroU64) -> Self {
        self.key.0.store(key.get(), Ordering::Relaxed);
        self
    }

    /// The id that [`Request::identify`] or [`with_key`](Self::with_key) set last.
    ///
    /// # Since
    /// 1.1
    #[must_use]
    pub fn key(&self) -> Option<NonZeroU64> {
        NonZeroU64::new(self.key.0.load(Ordering::Relaxed))
    }

    /// The same request with a body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The argument of an endpoint.
    #[must_use]
    pub fn as_request(&self) -> Request<'_> {
        Request::of(self)
    }

    pub(super) fn method(&self) -> &str {
        &self.method
    }

    /// Calls a token check with it, before the body is read; the key that the check identifies is kept.
    pub(super) fn given_to_check<T>(&self, check: impl FnOnce(&RawRequestRef<'_>) -> T) -> T {
        let seen = self.clone().with_body(Vec::new());
        let result = check(&RawRequest_TO::from_ptr(RRef::new(&seen), TD_Opaque));
        let noted = seen.key.0.load(Ordering::Relaxed);
        self.key.0.store(noted, Ordering::Relaxed);
        result
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
        let (octets, ip_version) = match self.peer.map(|peer| peer.ip()) {
            Some(IpAddr::V6(address)) => (address.octets(), 6),
            Some(IpAddr::V4(address)) => {
                let mut octets = [0; 16];
                let [first, second, third, fourth, ..] = &mut octets;
                [*first, *second, *third, *fourth] = address.octets();
                (octets, 4)
            }
            None => ([0; 16], 0),
        };
        RawPeerAddress {
            octets,
            port: self.peer.map_or(0, |peer| peer.port()),
            ip_version,
        }
    }

    fn body(&self) -> RSlice<'_, u8> {
        RSlice::from_slice(&self.body)
    }

    fn model(&self) -> RStr<'_> {
        RStr::from_str(&self.model)
    }

    fn is_recheck(&self) -> bool {
        self.is_recheck
    }

    fn identify(&self, key: u64) {
        self.key.0.store(key, Ordering::Relaxed);
    }

    fn key(&self) -> u64 {
        self.key.0.load(Ordering::Relaxed)
    }
}
