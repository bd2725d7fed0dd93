//! Tasks of this repository, run as `cargo xtask TASK`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool prints to its user"
)]

use std::process::ExitCode;

use clap::Parser;

mod bench;
mod cargo;
mod chaos;
mod compat;
mod demo;
mod error;
mod fuzz;
mod host;
mod http;
mod install;
mod keys;
mod loom;
mod repository;

/// Tasks of this repository
#[derive(Debug, Parser)]
#[command(name = "xtask", bin_name = "cargo xtask")]
enum Task {
    Demo(demo::Options),
    InstallPlugin(install::Options),
    Bench(bench::Options),
    Compat(compat::Options),
    Fuzz(fuzz::Options),
    Loom(loom::Options),
    Chaos(chaos::Options),
}

fn main() -> ExitCode {
    let outcome = match Task::parse() {
        Task::Demo(options) => demo::run(&options),
        Task::InstallPlugin(options) => install::run(&options),
        Task::Bench(options) => bench::run(&options),
        Task::Compat(options) => compat::run(&options),
        Task::Fuzz(options) => fuzz::run(&options),
        Task::Loom(options) => loom::run(&options),
        Task::Chaos(options) => chaos::run(&options),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}
