//! The key file: form, writing, ownership and expiration.

use integration_tests::{Host, HostBuilder, PluginFolder};

mod end_of_keys;
mod expiration;
mod form;
mod ownership;
mod sole_writer;
mod writing;

fn token_plugin() -> HostBuilder {
    Host::builder().plugins(PluginFolder::new().with("token-plugin"))
}
