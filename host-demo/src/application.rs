//! What all connections share.

use std::sync::Arc;

use crate::{
    auth::Authorizer,
    backend::Backend,
    config::TokenAuthStatus,
    metrics::Metrics,
    plugins::{Plugins, ServerContext},
    telemetry::AccessLog,
};

/// A server's parts, put together at start and never changed.
#[derive(Debug)]
pub(crate) struct Application {
    pub(crate) authorizer: Authorizer,
    pub(crate) backend: Backend,
    pub(crate) plugins: Plugins,
    pub(crate) context: ServerContext,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) access_log: AccessLog,
    pub(crate) token_status: TokenAuthStatus,
    pub(crate) max_request_size_bytes: usize,
}
