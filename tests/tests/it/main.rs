//! Black-box tests of the built host with the built plugins: one module for each section of the contract.
//!
//! `tests/README.md` lists which test holds which row.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "what fails here must fail the test"
)]

mod architecture;
mod command_line;
mod contract_versions;
mod denied;
mod enabling;
mod expect;
mod header;
mod host_errors;
mod key_file;
mod logging;
mod metrics;
mod models;
mod plugin_endpoints;
mod plugin_guide;
mod plugin_tool;
mod plugins;
mod readme;
mod reload;
mod rotation_under_load;
mod shutdown;
mod token_endpoint;
mod which_key;
