//! `Forwarded` (RFC 7239) and `X-Forwarded-For`: the way of a request through proxies, as they
//! wrote it.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

use self::elements::elements;
use super::connection_headers::members_of;

mod elements;

pub(crate) const FORWARDED: &str = "forwarded";
pub(crate) const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// The entries of `X-Forwarded-For`, the client's first; `None` for one that is no address.
pub(super) fn x_forwarded_for_hops(
    headers: &HeaderMap,
) -> impl DoubleEndedIterator<Item = Option<IpAddr>> {
    let lines = headers.get_all(X_FORWARDED_FOR).into_iter();
    lines.flat_map(|line| members_of(line.as_bytes()).map(address))
}

/// The entries of `Forwarded`, the client's first; `None` for one that names no address. If the
/// header is malformed anywhere, `None` is the last one.
pub(super) fn forwarded_hops(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let lines = headers.get_all(FORWARDED).into_iter();
    let hops = lines.map(|line| {
        let elements = elements(line.as_bytes())?;
        Some(elements.into_iter().map(|node| address(node?)))
    });
    let hops: Option<Vec<_>> = hops.collect();
    hops.map_or_else(|| vec![None], |lines| lines.into_iter().flatten().collect())
}

/// An address, with or without a port; IPv6 with or without brackets.
fn address(text: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(text).ok()?;
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let address = text.parse().ok().map(IpAddr::V6);
    let address = address.or_else(|| text.parse().ok().map(IpAddr::V4));
    let address = address.or_else(|| bracketed().map(IpAddr::V6));
    let address = address.or_else(|| text.parse().ok().map(|socket: SocketAddr| socket.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests;
