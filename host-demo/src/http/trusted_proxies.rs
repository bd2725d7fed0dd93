//! The proxies in front of the server whose statements about clients are trusted.

use std::{net::IpAddr, str::FromStr};

use ipnet::IpNet;

/// More networks than any deployment has.
const NETWORKS_MAX: usize = 256;

/// The networks of the proxies in front of the server (`trusted_proxies`); none by default.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Whether an address is one of a trusted proxy. An IPv4 address that is written as IPv6
    /// (`::ffff:10.0.0.1`) is taken for the IPv4 address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for TrustedProxies {
    /// What would be right.
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        if text.split(',').count() > NETWORKS_MAX {
            return Err("at most 256 networks");
        }
        let networks: Option<Vec<IpNet>> = text.split(',').map(network).collect();
        networks.map(Self).ok_or(
            "IP addresses and networks separated by commas, each network with no bit set after its \
             prefix, for example 127.0.0.1,10.0.0.0/8,2001:db8::/32",
        )
    }
}

/// One address, or a network; `10.0.0.1/8` may be a mistake for `10.0.0.1`, so it is neither.
fn network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(IpNet::from(address.to_canonical()));
    }
    let network: IpNet = text.parse().ok()?;
    (network == network.trunc()).then_some(network)
}

#[cfg(test)]
mod tests;
