//! Open plugins: their endpoints, their token check, and what the host offers to them.

pub(crate) mod context;
pub(crate) mod endpoint;
pub(crate) mod exposition;
pub(crate) mod host_api;
pub(crate) mod lifecycle;
pub(crate) mod loaded;
pub(crate) mod plugin_metrics;
pub(crate) mod plugin_set;
pub(crate) mod plugin_settings;
pub(crate) mod registry;
pub(crate) mod token;
pub(crate) mod view;
