//! The reverse proxy: requests that a permit allows are sent to a model server.

#[cfg_attr(
    not(test),
    expect(dead_code, unused_imports, reason = "for the forwarding of requests")
)]
pub(crate) mod client;
