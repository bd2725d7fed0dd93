//! How many connections one client address may have.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroUsize,
    sync::Arc,
};

use parking_lot::Mutex;

/// The part of an IPv6 address that stands for one client, which may use any address of its network.
const IPV6_NETWORK: u128 = u128::MAX << 64;

/// The open connections of each address, over all listeners: as many entries as there are
/// connections at most.
#[derive(Debug)]
pub(super) struct AddressLimit {
    max: NonZeroUsize,
    /// Locked when a connection opens or closes, and never while something is waited for.
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// The share of one connection; dropped when it is closed.
#[derive(Debug)]
pub(super) struct AddressShare {
    limit: Arc<AddressLimit>,
    client: IpAddr,
}

/// The address has as many connections as it may have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct TooManyConnections;

impl AddressLimit {
    pub(super) fn new(max: NonZeroUsize) -> Self {
        Self {
            max,
            open: Mutex::default(),
        }
    }

    /// Counts a connection of this address.
    pub(super) fn enter(
        self: &Arc<Self>,
        address: IpAddr,
    ) -> Result<AddressShare, TooManyConnections> {
        let client = client(address);
        let mut open = self.open.lock();
        let count = open.entry(client).or_default();
        if *count >= self.max.get() {
            return Err(TooManyConnections);
        }
        *count += 1;
        drop(open);
        Ok(AddressShare {
            limit: Arc::clone(self),
            client,
        })
    }
}

impl Drop for AddressShare {
    fn drop(&mut self) {
        let mut open = self.limit.open.lock();
        if let Some(count) = open.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.client);
            }
        }
    }
}

/// What counts as one client: an IPv4 address, or the network of an IPv6 address.
fn client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & IPV6_NETWORK).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests;
