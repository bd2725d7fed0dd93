use std::net::{SocketAddr, TcpListener};

use crate::{Host, HostBuilder};

/// Other processes look for free ports too.
const ATTEMPTS_MAX: usize = 10;

/// Starts a host at a free address, and tries another one if the address was taken meanwhile. For
/// the few tests that must name an address: all others let the system choose.
///
/// # Panics
/// When the host does not start for another reason.
pub fn start_at_free_address(mut host_at: impl FnMut(SocketAddr) -> HostBuilder) -> Host {
    for _ in 0..ATTEMPTS_MAX {
        match host_at(free_address()).try_start() {
            Ok(host) => return host,
            Err(refusal) if refusal.log.text().contains("already in use") => {}
            Err(refusal) => panic!("the host did not start: {refusal}"),
        }
    }
    panic!("each of {ATTEMPTS_MAX} free addresses was taken");
}

/// A free address; another process may take it meanwhile.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
}
