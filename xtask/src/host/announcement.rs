//! What the lines of a host's log tell, in its text form and in its JSON form.

use std::{net::SocketAddr, path::PathBuf};

#[cfg(test)]
mod tests;

/// Where a host that is ready can be reached.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Announcement {
    /// Where the inference API listens.
    pub(crate) inference: Option<SocketAddr>,
    /// Where the management API listens.
    pub(crate) management: Option<SocketAddr>,
    /// The file that holds the keys, as the token plugin names it.
    pub(crate) key_file: Option<PathBuf>,
    is_ready: bool,
}

impl Announcement {
    /// Takes from a line what it tells.
    pub(super) fn read(&mut self, line: &str) {
        if let Some(address) = after(line, "Inference API listens on http://") {
            self.inference = address.parse().ok();
        } else if let Some(address) = after(line, "Management API listens on http://") {
            self.management = address.parse().ok();
        } else if let Some(path) = after(line, "keys written to ") {
            self.key_file = Some(path.into());
        } else if line.trim_end().ends_with(" - Ready") || line.contains(r#""message":"Ready""#) {
            self.is_ready = true;
        }
    }

    /// Whether the host said that it is ready, since this was last asked.
    pub(super) const fn take_ready(&mut self) -> bool {
        std::mem::replace(&mut self.is_ready, false)
    }
}

/// What follows some words, up to the end of the message.
fn after<'l>(line: &'l str, words: &str) -> Option<&'l str> {
    let (_, rest) = line.split_once(words)?;
    rest.split(['"', '\n', '\r']).next()
}
