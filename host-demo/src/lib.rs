//! host-demo
