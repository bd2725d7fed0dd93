//! How new plugins are loaded and opened.

use std::time::Duration;

/// What protects the server from a plugin that ends the process, or that does not return.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PluginOpening {
    /// Whether each new file is loaded and opened in a separate process first (`plugins_probe`).
    pub probe: bool,
    /// How long opening a plugin may take (`plugin_open_timeout_sec`).
    pub time_limit: Duration,
}
