//! Which process listens on an address, as far as Linux tells it: `/proc/net/tcp` has the number of the
//! socket, and `/proc/PID/fd` the processes that have it open. Those of other users are not shown.

use std::{
    fmt, fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
};

#[cfg(test)]
mod tests;

/// A process that listens on an address.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PortHolder {
    process_id: u32,
    /// As `ps` shows it.
    name: String,
}

impl fmt::Display for PortHolder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "process {} ({})", self.process_id, self.name)
    }
}

/// The process that listens on an address or on all addresses of its port; none if that cannot be told.
pub(super) fn holder_of(address: SocketAddr) -> Option<PortHolder> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].into_iter();
    let inode = tables
        .filter_map(|table| fs::read_to_string(table).ok())
        .find_map(|table| inode_of(&table, address).map(str::to_owned))?;
    let link = format!("socket:[{inode}]");
    let processes = fs::read_dir("/proc").ok()?.flatten();
    processes
        .filter(|process| has_open(&process.path(), &link))
        .find_map(|process| {
            Some(PortHolder {
                process_id: process.file_name().to_str()?.parse().ok()?,
                name: name(&process.path()),
            })
        })
}

fn has_open(process: &Path, link: &str) -> bool {
    let descriptors = fs::read_dir(process.join("fd"));
    let mut descriptors = descriptors.into_iter().flatten().flatten();
    descriptors.any(|descriptor| {
        fs::read_link(descriptor.path()).is_ok_and(|target| target.as_os_str() == link)
    })
}

/// The process may have ended just now.
fn name(process: &Path) -> String {
    let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
    name.trim_end().to_owned()
}

/// The number of the socket that listens on an address, in the text of a table.
fn inode_of(table: &str, address: SocketAddr) -> Option<&str> {
    const LISTENS: &str = "0A";
    table.lines().find_map(|line| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let local = local_address(fields.next()?)?;
        let state = fields.nth(1)?;
        let inode = fields.nth(5)?;
        let is_it = local.port() == address.port() && overlap(local.ip(), address.ip());
        (state == LISTENS && is_it).then_some(inode)
    })
}

fn overlap(one: IpAddr, other: IpAddr) -> bool {
    let (one, other) = (one.to_canonical(), other.to_canonical());
    one == other || one.is_unspecified() || other.is_unspecified()
}

/// `0100007F:1F90`: words of 32 bits in the order of this machine.
fn local_address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |number: usize| {
        let word = address.get(number * 8..number * 8 + 8)?;
        Some(u32::from_str_radix(word, 16).ok()?.to_ne_bytes())
    };
    let address: IpAddr = match address.len() {
        8 => Ipv4Addr::from(word(0)?).into(),
        32 => {
            let words = [word(0)?, word(1)?, word(2)?, word(3)?];
            let bytes: [u8; 16] = words.as_flattened().try_into().ok()?;
            Ipv6Addr::from(bytes).into()
        }
        _ => return None,
    };
    Some(SocketAddr::new(address, port))
}
