//! Whose request it is, if it came through proxies.

use std::net::IpAddr;

use http::HeaderMap;

use super::{
    forwarded::{FORWARDED, X_FORWARDED_FOR, forwarded_hops, x_forwarded_for_hops},
    trusted_proxies::TrustedProxies,
};

/// The address of the client: that of the peer, unless the peer is a trusted proxy. Then it is
/// the last address that no trusted proxy has, in the list that the proxies added to.
///
/// What a trusted proxy wrote is believed, and nothing that stands before it. An entry that is no
/// address ends the search, and the result is the trusted proxy that wrote it; as does a request
/// whose `Forwarded` and `X-Forwarded-For` name different clients, because a proxy may write one of
/// the two and pass on what the client wrote into the other.
pub(crate) fn client_address(
    peer: IpAddr,
    headers: &HeaderMap,
    trusted: &TrustedProxies,
) -> IpAddr {
    let peer = peer.to_canonical();
    if !trusted.contains(peer) {
        return peer;
    }
    let has = |name: &str| headers.contains_key(name);
    let forwarded = || last_untrusted(peer, forwarded_hops(headers).into_iter().rev(), trusted);
    let x_forwarded_for = || last_untrusted(peer, x_forwarded_for_hops(headers).rev(), trusted);
    match (has(FORWARDED), has(X_FORWARDED_FOR)) {
        (false, false) => peer,
        (true, false) => forwarded(),
        (false, true) => x_forwarded_for(),
        (true, true) => Some(forwarded())
            .filter(|client| *client == x_forwarded_for())
            .unwrap_or(peer),
    }
}

/// `hops` begins with the one that the peer wrote.
fn last_untrusted(
    peer: IpAddr,
    hops: impl Iterator<Item = Option<IpAddr>>,
    trusted: &TrustedProxies,
) -> IpAddr {
    let mut client = peer;
    for hop in hops {
        let Some(hop) = hop else { break };
        client = hop;
        if !trusted.contains(hop) {
            break;
        }
    }
    client
}

#[cfg(test)]
mod tests;
