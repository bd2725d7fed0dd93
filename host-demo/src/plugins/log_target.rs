//! The log target of lines about plugins and of plugins.

/// The target of such lines.
pub(crate) const PLUGINS: &str = "host_demo::plugins";
