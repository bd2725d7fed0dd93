//! What the fuzz targets call: the readers of untrusted bytes, each behind a function with plain types, and
//! connections to a server without sockets.
//!
//! Compiled with `--cfg fuzzing` alone, as `cargo xtask fuzz` does. The properties are in `fuzz/`.

pub use crate::{
    backend::{models::fuzzing as models, proxy::fuzzing as proxy},
    config::fuzzing as config,
    http::fuzzing as http,
    listener::fuzzing as listener,
    plugins::fuzzing as plugins,
    server::fuzzing::Gateway,
    tls::fuzzing as tls,
};
