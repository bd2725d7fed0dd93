//! One request from top to bottom: path, route, permit, response.

pub(crate) mod admin;
pub(crate) mod admission;
pub(crate) mod application;
pub(crate) mod description;
pub(crate) mod dispatch;
mod forward;
mod forwarding;
pub(crate) mod introspection;
pub(crate) mod operations;
pub(crate) mod plugin_call;
pub(crate) mod plugin_probe;
mod profile_call;
mod recheck;
mod recorder;
mod refused_call;
pub(crate) mod route;
mod segments;
pub(crate) mod service;
pub(crate) mod shared_probe;
