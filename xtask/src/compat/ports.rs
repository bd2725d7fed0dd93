//! Free ports for servers that cannot choose their own.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr, TcpListener},
};

use super::servers::Server;
use crate::error::{ErrorContext as _, TaskError};

/// The addresses of a server by their names.
pub(super) type Addresses = BTreeMap<&'static str, SocketAddr>;

/// An address that is free now for each of the server's ports; another process is unlikely to take
/// it in the meantime.
///
/// # Errors
/// No port is free.
pub(super) fn choose(server: &Server) -> Result<Addresses, TaskError> {
    // All are held until the last is chosen, so that no two are the same.
    let held = server.ports.iter().map(|port| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        Ok((port.name, listener.local_addr()?, listener))
    });
    let held: std::io::Result<Vec<_>> = held.collect();
    let held = held.context(|| "finding free ports")?;
    Ok(held
        .iter()
        .map(|(name, address, _)| (*name, *address))
        .collect())
}
