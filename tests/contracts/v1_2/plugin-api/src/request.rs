use std::{
    borrow::Cow,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    num::NonZeroU64,
};

use abi_stable::std_types::RStr;

use crate::{
    abi::{RawHeader, RawPeerAddress, RawRequest, RawRequestRef},
    bearer::{self, BearerError},
};

/// A request as the host received it: a borrowed view. Only what a plugin reads is copied or decoded.
///
/// # Source
/// TorchServe SDK `org.pytorch.serve.servingsdk.http.Request`, with the header values, the method and
/// the peer address that its token plugin had to take from the server's own types.
///
/// # Since
/// 1.0
#[derive(Clone, Copy)]
pub struct Request<'a> {
    raw: &'a (dyn RawRequest + 'a),
}

impl<'a> Request<'a> {
    /// Wraps what crossed the boundary.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(raw: &'a RawRequestRef<'_>) -> Self {
        Self { raw }
    }

    /// Wraps what has not crossed it.
    #[cfg(feature = "testing")]
    pub(crate) const fn of(raw: &'a (dyn RawRequest + 'a)) -> Self {
        Self { raw }
    }

    /// The method as in the request line, such as `GET`.
    #[must_use]
    pub fn method(&self) -> &'a str {
        self.raw.method().as_str()
    }

    /// The decoded path that the host also routes by, such as `/models/digits`.
    #[must_use]
    pub fn path(&self) -> &'a str {
        self.raw.path().as_str()
    }

    /// The query as it was sent, without `?`; empty if there is none.
    #[must_use]
    pub fn query(&self) -> &'a str {
        self.raw.query().as_str()
    }

    /// The decoded query parameters in the order they came, repeated ones included.
    pub fn query_parameters(&self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> + use<'a> {
        form_urlencoded::parse(self.query().as_bytes())
    }

    /// The first value of a header. `name` may be in any case; a name in lower case needs no allocation.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a [u8]> {
        let found = self.raw.header(RStr::from_str(&lower_case(name)));
        (found.count > 0).then(|| found.first.as_slice())
    }

    /// All values of a header in the order they came. `name` may be in any case; a name in lower case needs
    /// no allocation.
    pub fn header_values<'n>(&self, name: &'n str) -> impl Iterator<Item = &'a [u8]> + use<'a, 'n> {
        let (raw, name) = (self.raw, lower_case(name));
        (0..).map_while(move |index| {
            raw.header_value(RStr::from_str(&name), index)
                .into_option()
                .map(|value| value.as_slice())
        })
    }

    /// All headers: the name in lower case, and the value.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> + use<'a> {
        let raw = self.raw;
        (0..).map_while(move |index| {
            let RawHeader { name, value } = raw.header_at(index).into_option()?;
            Some((name.as_str(), value.as_slice()))
        })
    }

    /// The key of `Authorization: Bearer KEY`.
    ///
    /// # Errors
    /// Why there is none: see [`BearerError`].
    pub fn bearer_token(&self) -> Result<&'a [u8], BearerError> {
        let found = self.raw.header(RStr::from_str("authorization"));
        match found.count {
            0 => Err(BearerError::Missing),
            1 => bearer::parse(found.first.as_slice()),
            _ => Err(BearerError::Repeated),
        }
    }

    /// The client's address: the other end of the connection, or what a proxy reports that the server is configured to
    /// trust.
    ///
    /// `None` if the client has no IP address, for example on a Unix socket. An authorizer that decides by the address
    /// must deny then.
    #[must_use]
    pub fn peer_address(&self) -> Option<SocketAddr> {
        let RawPeerAddress {
            octets,
            port,
            ip_version,
        } = self.raw.peer_address();
        let address = match ip_version {
            4 => {
                let [a, b, c, d, ..] = octets;
                IpAddr::V4(Ipv4Addr::new(a, b, c, d))
            }
            6 => IpAddr::V6(Ipv6Addr::from(octets)),
            _ => return None,
        };
        Some(SocketAddr::new(address, port))
    }

    /// The model that the request is for, as the host routes it. There is no need to parse the path.
    ///
    /// Empty if the path names no model: an authorizer must then deny a key that is limited to models. `*` in a check
    /// if the body will name the model: allow a key that may use any model at all; the host checks again when it knows
    /// the model.
    ///
    /// # Since
    /// 1.1. Empty in a host of 1.0.
    #[must_use]
    pub fn model(&self) -> &'a str {
        self.raw.model().as_str()
    }

    /// Whether the host has checked this request before: its model was not known yet, or its response is still being
    /// sent. An authorizer that counts requests must not count this one again.
    ///
    /// # Since
    /// 1.1. `false` in a host of 1.0.
    #[must_use]
    pub fn is_recheck(&self) -> bool {
        self.raw.is_recheck()
    }

    /// In a check: tells the host which key the request carries, by the key's [id](crate::key_id). The host never gets
    /// the key.
    ///
    /// Logs and metrics show the key under the name that [`key_name`](crate::TokenAuthorizer::key_name) returns for
    /// the id. Call it for every key that the authorizer knows, even if the request is denied (an expired key, a key of
    /// another type), and for no other: otherwise clients could create any number of time series. The last call counts.
    ///
    /// # Since
    /// 1.1. Without effect in a host of 1.0.
    pub fn identify(&self, key: NonZeroU64) {
        self.raw.identify(key.get());
    }

    /// In an endpoint: the id of the key that the request carries. `None` if the request needed no key, or the
    /// authorizer did not [identify](Self::identify) it.
    ///
    /// # Since
    /// 1.1. `None` in a host of 1.0.
    #[must_use]
    pub fn key(&self) -> Option<NonZeroU64> {
        NonZeroU64::new(self.raw.key())
    }

    /// The whole body, at most `max_request_size` bytes. Empty in a token check, which comes before
    /// the body is read.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        self.raw.body().as_slice()
    }
}

/// The host looks names up in lower case.
fn lower_case(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        name.to_ascii_lowercase().into()
    } else {
        name.into()
    }
}

/// Neither headers nor the query: they may contain a key.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Request")
            .field("method", &self.method())
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}
