//! HTTP without policy: paths, headers, responses, bodies, and error responses.
//!
//! Nothing in here depends on keys, plugins or models.

pub(crate) mod body;
pub(crate) mod body_buffer;
pub(crate) mod byte_budget;
pub(crate) mod client_address;
pub(crate) mod client_body;
pub(crate) mod connection_headers;
pub(crate) mod connection_limits;
pub(crate) mod connection_state;
pub(crate) mod cors;
pub(crate) mod forwarded;
pub(crate) mod forwarding_headers;
#[cfg(fuzzing)]
pub mod fuzzing;
pub(crate) mod grpc_status;
pub(crate) mod grpc_timeout;
pub(crate) mod head_check;
pub(crate) mod head_size;
pub(crate) mod idle_timeout_body;
pub(crate) mod input_end;
pub(crate) mod last_hop;
pub(crate) mod local_executor;
pub(crate) mod observed_body;
pub(crate) mod rejection;
pub(crate) mod request_body;
pub(crate) mod request_host;
pub(crate) mod reserved_body;
pub(crate) mod response;
pub(crate) mod running_request;
pub(crate) mod shared_text;
pub(crate) mod target_path;
#[cfg(test)]
pub(crate) mod test_support;
pub(crate) mod token_header;
pub(crate) mod trusted_proxies;
pub(crate) mod unsent_data;
