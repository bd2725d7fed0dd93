//! Extracts addresses and paths from the lines of a host's log, in text or JSON.

use std::{net::SocketAddr, path::PathBuf};

#[cfg(test)]
mod tests;

/// The addresses of a host that is ready.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Announcement {
    /// Where the inference API listens.
    pub(crate) inference: Option<SocketAddr>,
    /// Where the management API listens.
    pub(crate) management: Option<SocketAddr>,
    /// Where the metrics API listens.
    pub(crate) metrics: Option<SocketAddr>,
    /// The file that contains the keys, as the token plugin names it.
    pub(crate) key_file: Option<PathBuf>,
    is_ready: bool,
}

impl Announcement {
    /// Extracts what one line contains.
    pub(super) fn read(&mut self, line: &str) {
        if let Some(url) = after(line, "Inference API listens on ") {
            self.inference = address(url);
        } else if let Some(url) = after(line, "Management API listens on ") {
            self.management = address(url);
        } else if let Some(url) = after(line, "Metrics API listens on ") {
            self.metrics = address(url);
        } else if let Some(path) = after(line, "keys written to ") {
            self.key_file = Some(path.into());
        } else if line.trim_end().ends_with(" - Ready") || line.contains(r#""message":"Ready""#) {
            self.is_ready = true;
        }
    }

    /// Whether the host has been ready since the last call.
    pub(super) const fn take_ready(&mut self) -> bool {
        std::mem::replace(&mut self.is_ready, false)
    }
}

fn address(url: &str) -> Option<SocketAddr> {
    let (_scheme, address) = url.split_once("://")?;
    address.parse().ok()
}

/// The text after `prefix`, up to the end of the message.
fn after<'l>(line: &'l str, prefix: &str) -> Option<&'l str> {
    let (_, rest) = line.split_once(prefix)?;
    rest.split(['"', '\n', '\r']).next()
}
