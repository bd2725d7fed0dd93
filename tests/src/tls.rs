//! Certificates that a test makes for itself, and the TLS of its clients.

pub use self::{
    authority::{Authority, Issued},
    client::TlsClient,
    files::TlsFiles,
};

mod authority;
mod client;
mod files;
