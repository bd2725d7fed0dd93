//! A socket becomes requests: accept, serving threads, connections.

pub(crate) mod acceptor;
pub(crate) mod connection;
pub(crate) mod descriptors;
pub(crate) mod worker;
