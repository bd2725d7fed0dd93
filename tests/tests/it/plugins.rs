//! Plugins that fail, that are rejected, or that replace another.

use integration_tests::{Host, HostBuilder, PluginFolder};

mod damaged;
mod keyless;
mod opening;
mod panics;
mod probe;
mod profiles;
mod refused;
mod samples;
mod secret_token;
mod trial_process;

pub(crate) const MANAGEMENT_KEY: &str = "fixture-management-key-0123456789";
pub(crate) const INFERENCE_KEY: &str = "fixture-inference-key-0123456789";
pub(crate) const API_KEY: &str = "fixture-api-key-0123456789";

/// A host whose token plugin panics in one of its functions.
pub(crate) fn panics_in(function: &str) -> HostBuilder {
    fixed_keys()
        .plugins(PluginFolder::new().with("fixture-panics"))
        .property("fixture_panic_in", function)
}

/// The keys of `fixture-panics`.
pub(crate) fn fixed_keys() -> HostBuilder {
    Host::builder()
        .property("fixture_management_key", MANAGEMENT_KEY)
        .property("fixture_inference_key", INFERENCE_KEY)
        .property("fixture_api_key", API_KEY)
}
