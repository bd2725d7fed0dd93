//! The tools of the black-box tests: the built host in its own folder, and a client that sends exact bytes.
//!
//! | to... | use |
//! | --- | --- |
//! | find what cargo built | [`Artifacts`] |
//! | fill a `--plugins-path` | [`PluginFolder`] |
//! | build a plugin of another contract | [`contract`] |
//! | run the host | [`Host`], [`HostBuilder`], [`start_at_free_address`], [`Ended`], [`Starting`] |
//! | read the keys | [`Keys`] |
//! | talk to it | [`Request`], [`Connection`], [`Response`], [`grpc`] |
//! | talk to it piece by piece, over each version of HTTP | [`Client`], [`ClientExchange`] |
//! | talk HTTP/2 to it | [`http2`] |
//! | have a server behind it | [`upstream`], [`pattern`] |
//! | talk TLS to it | [`Authority`], [`TlsFiles`], [`TlsClient`], [`Host::connect_encrypted`] |
//! | wait for a condition | [`eventually`] |

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a fixture that fails must fail the test that uses it"
)]

pub use self::{
    artifacts::{Artifacts, Profile, repository},
    client::{Client, ClientExchange},
    connection::Connection,
    eventually::{DEADLINE, eventually},
    files::write_file,
    free_address::{free_address, start_at_free_address},
    host::{Ended, Host, HostBuilder, Listener, Output, Starting, UNPRIVILEGED_USER},
    keys::{ExpiringKey, Keys},
    log::Log,
    onnx::OnnxGraph,
    plugin_folder::{PluginFolder, build_of},
    request::{Request, delete, get, options, post, put},
    response::Response,
    tls::{Authority, Issued, TlsClient, TlsFiles},
};

mod artifacts;
mod background;
mod body;
mod client;
mod connection;
pub mod contract;
mod eventually;
mod files;
mod free_address;
pub mod grpc;
mod host;
pub mod http2;
mod keys;
mod log;
mod onnx;
pub mod pattern;
mod plugin_folder;
mod request;
mod response;
mod tls;
pub mod upstream;
