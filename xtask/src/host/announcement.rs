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
    /// Where the inference API listens for gRPC clients alone.
    pub(crate) grpc_inference: Option<SocketAddr>,
    /// Where the management API listens for gRPC clients alone.
    pub(crate) grpc_management: Option<SocketAddr>,
    /// The file that contains the keys, as the token plugin names it.
    pub(crate) key_file: Option<PathBuf>,
    is_ready: bool,
}

impl Announcement {
    /// Extracts what one line contains.
    pub(super) fn read(&mut self, line: &str) {
        let listeners = [
            ("Inference API listens on ", &mut self.inference),
            ("Management API listens on ", &mut self.management),
            ("Metrics API listens on ", &mut self.metrics),
            ("Inference API (gRPC) listens on ", &mut self.grpc_inference),
            (
                "Management API (gRPC) listens on ",
                &mut self.grpc_management,
            ),
        ];
        for (announced, listener) in listeners {
            if let Some(url) = after(line, announced) {
                *listener = address(url);
            }
        }
        if let Some(path) = after(line, "keys written to ") {
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
