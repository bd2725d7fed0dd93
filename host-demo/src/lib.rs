//! host-demo
pub mod config;
