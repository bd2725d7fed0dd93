//! Why an address cannot be bound.

use std::{fmt, io, net::SocketAddr};

use super::port_holder::{PortHolder, holder_of};

/// Why an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// Another process listens on it, or another listener of this server.
    #[error("already in use{}: set another one with {settings}", by(holder.as_ref()))]
    InUse {
        /// Who holds it, where that can be told.
        holder: Option<PortHolder>,
        /// The settings that name the address.
        settings: String,
    },
    /// From the operating system.
    #[error(transparent)]
    Io(io::Error),
}

impl BindError {
    /// Finds out who holds an address that is in use.
    pub(super) fn new(error: io::Error, address: SocketAddr, settings: String) -> Self {
        if error.kind() == io::ErrorKind::AddrInUse {
            let holder = holder_of(address);
            return Self::InUse { holder, settings };
        }
        Self::Io(error)
    }
}

fn by(holder: Option<&PortHolder>) -> impl fmt::Display {
    fmt::from_fn(move |formatter| match holder {
        Some(holder) => write!(formatter, " by {holder}"),
        None => Ok(()),
    })
}
