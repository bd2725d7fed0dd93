//! The addresses of a host name.

use std::{
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs as _},
};

use crate::blocking::BlockingThreads;

/// Names that are resolved at once. The system's resolver may take long for each.
const RESOLUTIONS_MAX: usize = 64;

/// Asks the system's resolver, on threads of which the first one is there from the start: tokio's own panic
/// when they cannot be started. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Resolver(BlockingThreads);

impl Resolver {
    /// # Errors
    /// A thread cannot be started.
    pub(crate) fn start() -> io::Result<Self> {
        BlockingThreads::start("resolve", 1, RESOLUTIONS_MAX).map(Self)
    }

    /// All addresses of a host. An address in place of the name needs no thread.
    ///
    /// # Errors
    /// The name cannot be resolved, or no thread is free.
    pub(super) async fn lookup(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let host = host.to_owned();
        let addresses = self
            .0
            .run(move || (host.as_str(), port).to_socket_addrs())
            .await
            .map_err(io::Error::other)??;
        Ok(addresses.collect())
    }
}
