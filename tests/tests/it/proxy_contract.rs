//! Each row of the contract, in front of an upstream: whether a profile says which key opens what or the
//! listener does, and over HTTP/1.1 and HTTP/2, with and without TLS.
//!
//! What the proxy does with what it forwards is held by `it::proxy`.

mod authorization;
mod caller;
mod denied;
mod exempt;
mod front;
mod grpc;

mod header;
mod host_errors;
mod metrics;
mod plugin_endpoints;
mod refusals;
mod reload;
mod revocation;
mod rows;
mod shared_address;
mod token_endpoint;
mod token_header;
mod which_key;
