//! Black-box tests of the built host with the built plugins: one module for each subject.
//!
//! `tests/README.md` says how to find the test of a rule.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "what fails here must fail the test"
)]

mod architecture;
mod attacks;
mod command_line;
mod configured_files;
mod contract_versions;
mod cors;
mod denied;
mod documents;
mod enabling;
mod expect;
mod gate;
mod head;
mod header;
mod host_errors;
mod key_file;
mod limits;
mod log_reader;
mod logging;
mod metrics;
mod models;
mod operation;
mod plugin_endpoints;
mod plugin_guide;
mod plugin_tool;
mod plugins;
mod profile_tool;
mod proxy;
mod proxy_contract;
mod proxy_limits;
mod proxy_replicas;
mod reload;
mod rotation_under_load;
mod shutdown;
mod tls;
mod token_endpoint;
mod which_key;
