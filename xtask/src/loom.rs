//! `cargo xtask loom`: the tests that go through the orders in which threads can run.

use std::{
    env,
    process::{Command, ExitCode, Stdio},
};

use crate::{
    error::{ErrorContext as _, TaskError},
    repository,
};

/// Run the tests in which loom goes through every order of execution
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Run those whose name contains this text alone
    #[arg(default_value = "loom_tests")]
    filter: String,
    /// How often a thread may be interrupted where it need not be; more takes much longer
    #[arg(long, value_name = "NUMBER", default_value_t = 3)]
    preemptions_max: u8,
}

/// The packages that have such tests. Each has loom as a development dependency for `cfg(loom)`.
const PACKAGES: &[&str] = &["host-sync", "token-core"];

/// Builds with another target folder, because `--cfg loom` is another build of everything.
pub(crate) fn run(options: &Options) -> Result<ExitCode, TaskError> {
    let Options {
        filter,
        preemptions_max,
    } = options;
    let root = repository::root();
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(["test", "--locked", "--lib"])
        .args(PACKAGES.iter().flat_map(|package| ["--package", package]))
        .args(["--", filter.as_str()])
        .current_dir(&root)
        .env("RUSTFLAGS", "--cfg loom")
        .env("CARGO_TARGET_DIR", root.join("target/loom"))
        .env("LOOM_MAX_PREEMPTIONS", preemptions_max.to_string())
        .stdin(Stdio::null());
    let status = command
        .status()
        .context(|| "cargo test cannot be started".to_owned())?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
