//! The reverse proxy: requests that a permit allows are sent to a model server, and its responses
//! are passed on while they arrive.
//!
//! # Layout
//!
//! - `reverse_proxy`: what all serving threads share: the upstreams and the rules for heads
//! - `setup`: what the configuration names and is read at the start and at each reload
//! - `routes`: which upstreams there are, and which of them gets the requests of each API
//! - `upstream`: the replicas of a model server, and which of them gets a request
//! - `replica`, `replica_health`: one address, and whether it gets requests
//! - `failover`: a request is sent to a replica, or to another one
//! - `health_check`: the background probes of them
//! - `client`: the connections to them, a pool for each serving thread
//! - `forwarders`: the proxy in force as a serving thread uses it
//! - `forwarder`: one request, from its permit to the head of its response
//! - `request_head`, `response_head`, `request_id`, `origin`: which headers pass, and which are set
//! - `request_body`, `request_trailers`: the body that the upstream gets, within a limit
//! - `limits`: how many requests there may be at once
//! - `accounting`, `usage`: what each request cost, by key and model
//! - `stream_limits`, `stream_sweep`, `stream_cut`, `grpc_stream`: the body that the client gets, and
//!   what cuts it off
//! - `upgrade`: WebSocket
//! - `failure`: what a client is told when there is no response
//!
//! Nothing here is collected: a body is asked for its next piece when the other side has room for
//! it.

#[cfg(fuzzing)]
pub use self::client::fuzzing;
pub(crate) use self::{
    forwarder::ForwardCall,
    forwarders::Forwarders,
    reverse_proxy::ReverseProxy,
    routes::{UpstreamIndex, UpstreamRoutes},
    upgrade::asks_for_websocket,
};
pub use self::{origin::InvalidOrigin, setup::ProxyError};

mod accounting;
mod client;
mod equivalent_headers;
mod failover;
mod failure;
mod forwarder;
mod forwarders;
mod grpc_stream;
mod health_check;
mod limits;
mod origin;
mod replica;
mod replica_health;
mod request_body;
mod request_head;
mod request_id;
mod request_trailers;
mod response_head;
mod reverse_proxy;
mod routes;
mod setup;
mod stream_cut;
mod stream_limits;
mod stream_sweep;
mod upgrade;
mod upstream;
mod usage;
