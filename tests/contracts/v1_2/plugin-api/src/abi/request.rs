use abi_stable::{
    StableAbi, sabi_trait,
    sabi_types::RRef,
    std_types::{ROption, RSlice, RStr},
};

/// [`Request`](crate::Request) across the boundary: the host returns references to what it already holds.
#[sabi_trait]
pub trait RawRequest: Send + Sync {
    /// See [`Request::method`](crate::Request::method).
    fn method(&self) -> RStr<'_>;
    /// See [`Request::path`](crate::Request::path).
    fn path(&self) -> RStr<'_>;
    /// See [`Request::query`](crate::Request::query).
    fn query(&self) -> RStr<'_>;
    /// The first value of a header and how many there are. `name` is lower case.
    fn header(&self, name: RStr<'_>) -> RawHeaderLookup<'_>;
    /// One value of a header, counted from 0. `name` is lower case.
    fn header_value(&self, name: RStr<'_>, index: usize) -> ROption<RSlice<'_, u8>>;
    /// One header of all, counted from 0.
    fn header_at(&self, index: usize) -> ROption<RawHeader<'_>>;
    /// See [`Request::peer_address`](crate::Request::peer_address).
    fn peer_address(&self) -> RawPeerAddress;
    /// See [`Request::body`](crate::Request::body).
    #[sabi(last_prefix_field)]
    fn body(&self) -> RSlice<'_, u8>;
    /// See [`Request::model`](crate::Request::model). Since 1.1.
    fn model(&self) -> RStr<'_> {
        RStr::from_str("")
    }
    /// See [`Request::is_recheck`](crate::Request::is_recheck). Since 1.1.
    fn is_recheck(&self) -> bool {
        false
    }
    /// See [`Request::identify`](crate::Request::identify); 0 for no key. Since 1.1.
    fn identify(&self, key: u64) {
        let _ = key;
    }
    /// See [`Request::key`](crate::Request::key); 0 for none. Since 1.1.
    fn key(&self) -> u64 {
        0
    }
}

/// A borrowed [`RawRequest`].
pub type RawRequestRef<'a> = RawRequest_TO<'a, RRef<'a, ()>>;

/// What a look-up of one header found.
#[repr(C)]
#[derive(Clone, Copy, Debug, StableAbi)]
pub struct RawHeaderLookup<'a> {
    /// How many values there are.
    pub count: usize,
    /// The first one; empty where there is none.
    pub first: RSlice<'a, u8>,
}

/// One header.
#[repr(C)]
#[derive(Clone, Copy, Debug, StableAbi)]
pub struct RawHeader<'a> {
    /// In lower case.
    pub name: RStr<'a>,
    /// As it was sent, without surrounding white space.
    pub value: RSlice<'a, u8>,
}

/// The address of a client. Frozen: what 1.x adds comes as a method of [`RawRequest`].
#[repr(C)]
#[derive(Clone, Copy, Debug, StableAbi)]
pub struct RawPeerAddress {
    /// IPv6, or IPv4 in the first four octets.
    pub octets: [u8; 16],
    /// TCP port.
    pub port: u16,
    /// 4 or 6. Any other value: the client has no IP address, for example on a Unix socket.
    pub ip_version: u8,
}
