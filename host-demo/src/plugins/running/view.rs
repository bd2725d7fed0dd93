//! A request as a plugin sees it: everything is borrowed from the server's data.

use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU64,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

use abi_stable::{
    sabi_trait::TD_Opaque,
    sabi_types::RRef,
    std_types::{ROption, RSlice, RStr},
};
use http::{HeaderMap, Method, header::AUTHORIZATION, request::Parts};
use plugin_api::abi::{
    RawHeader, RawHeaderLookup, RawPeerAddress, RawRequest, RawRequest_TO, RawRequestRef,
};

/// One request, without owning it, and the key that a check found with it.
#[derive(Debug)]
pub(crate) struct RequestView<'a> {
    method: &'a Method,
    path: &'a str,
    query: &'a str,
    headers: &'a HeaderMap,
    peer: SocketAddr,
    model: &'a str,
    is_recheck: bool,
    body: &'a [u8],
    /// The id of the key; 0 for none.
    key: AtomicU64,
    /// Whether a check allowed the request.
    is_allowed: AtomicBool,
}

impl<'a> RequestView<'a> {
    /// `path` is the decoded one that was routed; `model` the one that the route names, empty where it names none.
    pub(crate) fn new(parts: &'a Parts, path: &'a str, model: &'a str, peer: SocketAddr) -> Self {
        let query = parts.uri.query().unwrap_or_default();
        Self {
            method: &parts.method,
            path,
            query,
            headers: &parts.headers,
            peer,
            model,
            is_recheck: false,
            body: &[],
            key: AtomicU64::new(0),
            is_allowed: AtomicBool::new(false),
        }
    }

    /// The same request for an endpoint: with its body, and the key that its check found.
    pub(crate) fn for_endpoint(self, body: &'a [u8], key: Option<NonZeroU64>) -> Self {
        Self {
            body,
            key: AtomicU64::new(key.map_or(0, NonZeroU64::get)),
            ..self
        }
    }

    /// The same request for a further check: an authorizer that counts requests must not count it
    /// again.
    pub(crate) fn for_recheck(self) -> Self {
        Self {
            is_recheck: true,
            ..self
        }
    }

    /// The id of the key that the check found, whether it allowed the request or not.
    pub(crate) fn key(&self) -> Option<NonZeroU64> {
        NonZeroU64::new(self.key.load(Ordering::Relaxed))
    }

    /// Notes that a check allowed the request.
    pub(crate) fn set_allowed(&self) {
        self.is_allowed.store(true, Ordering::Relaxed);
    }

    /// Whether a check allowed the request: it came with a key that opens something here.
    pub(crate) fn is_allowed(&self) -> bool {
        self.is_allowed.load(Ordering::Relaxed)
    }

    /// The decoded path.
    pub(crate) const fn path(&self) -> &'a str {
        self.path
    }

    /// The same view in the contract's type; this costs two pointers.
    pub(crate) fn as_raw(&self) -> RawRequestRef<'_> {
        RawRequest_TO::from_ptr(RRef::new(self), TD_Opaque)
    }

    /// The name is compared first because a look-up of a known name need not parse it.
    #[inline(always)]
    fn values(&self, name: RStr<'_>) -> http::header::GetAll<'a, http::HeaderValue> {
        match name.as_str() {
            "authorization" => self.headers.get_all(AUTHORIZATION),
            other => self.headers.get_all(other),
        }
    }
}

// A panic in here would abort the process, so nothing in here can panic.
impl RawRequest for RequestView<'_> {
    fn method(&self) -> RStr<'_> {
        RStr::from_str(self.method.as_str())
    }

    fn path(&self) -> RStr<'_> {
        RStr::from_str(self.path)
    }

    fn query(&self) -> RStr<'_> {
        RStr::from_str(self.query)
    }

    // On the request path: out of line, the result would be copied in pieces that the processor has
    // to wait for, about 5 ns.
    #[inline(always)]
    fn header(&self, name: RStr<'_>) -> RawHeaderLookup<'_> {
        let mut values = self.values(name).iter();
        values.next().map_or_else(
            || RawHeaderLookup {
                count: 0,
                first: RSlice::EMPTY,
            },
            |first| RawHeaderLookup {
                count: 1 + values.count(),
                first: RSlice::from_slice(first.as_bytes()),
            },
        )
    }

    fn header_value(&self, name: RStr<'_>, index: usize) -> ROption<RSlice<'_, u8>> {
        self.values(name)
            .iter()
            .nth(index)
            .map(|value| RSlice::from_slice(value.as_bytes()))
            .into()
    }

    fn header_at(&self, index: usize) -> ROption<RawHeader<'_>> {
        let header = self.headers.iter().nth(index);
        header
            .map(|(name, value)| RawHeader {
                name: RStr::from_str(name.as_str()),
                value: RSlice::from_slice(value.as_bytes()),
            })
            .into()
    }

    fn peer_address(&self) -> RawPeerAddress {
        let mut octets = [0; 16];
        let ip_version = match self.peer.ip() {
            IpAddr::V4(address) => {
                let [first, second, third, fourth] = address.octets();
                [octets[0], octets[1], octets[2], octets[3]] = [first, second, third, fourth];
                4
            }
            IpAddr::V6(address) => {
                octets = address.octets();
                6
            }
        };
        RawPeerAddress {
            octets,
            port: self.peer.port(),
            ip_version,
        }
    }

    fn body(&self) -> RSlice<'_, u8> {
        RSlice::from_slice(self.body)
    }

    fn model(&self) -> RStr<'_> {
        RStr::from_str(self.model)
    }

    fn is_recheck(&self) -> bool {
        self.is_recheck
    }

    // The view belongs to one call, so any memory ordering is right.
    fn identify(&self, key: u64) {
        self.key.store(key, Ordering::Relaxed);
    }

    fn key(&self) -> u64 {
        self.key.load(Ordering::Relaxed)
    }
}
