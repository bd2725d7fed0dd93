//! A model server that loads its token door at run time.
//!
//! # Layout
//!
//! The way of a start: [`cli`] → [`config`] → `startup` (`plugins`, `models`) → [`server`].
//! The way of a request: `server::connection` → `service` → `target` → `route` → `auth` →
//! `backend` or `plugins::endpoint`; whatever fails becomes an answer in `rejection`.
//! Beside the server: [`plugin_tool`], for people who write plugins.

#[cfg(any(test, feature = "bench"))]
#[doc(hidden)]
pub mod bench_support;
pub mod cli;
pub mod config;
pub mod error;
pub mod models;
pub mod plugin_tool;
pub mod server;
pub mod signals;
pub mod telemetry;

pub use self::{
    plugins::{
        AllowListError, CopiesError, FileError, InspectError, NotAllowed, PermissionError,
        PluginLoadError, PublicKeyError, SignatureError, WritesIntoPlugins,
    },
    startup::StartError,
};

mod answer;
mod api_description;
mod application;
mod auth;
mod backend;
mod body;
mod metrics;
mod patient_body;
mod plugin_admin;
mod plugins;
mod rejection;
mod reload;
mod route;
mod service;
mod startup;
mod target;
mod watch;
