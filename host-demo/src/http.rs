//! HTTP without policy: paths, responses, bodies, and error responses.
//!
//! Nothing in here depends on keys, plugins or models.

pub(crate) mod body;
pub(crate) mod connection_headers;
pub(crate) mod grpc_status;
pub(crate) mod idle_timeout_body;
pub(crate) mod observed_body;
pub(crate) mod rejection;
pub(crate) mod request_body;
pub(crate) mod response;
pub(crate) mod target_path;
#[cfg(test)]
pub(crate) mod test_support;
