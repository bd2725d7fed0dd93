//! Where lines about plugins and of plugins come from, in the log.

/// The target of such lines.
pub(crate) const PLUGINS: &str = "host_demo::plugins";
