//! `cargo xtask bench`: measures the cost of authorization on this machine and compares it with the
//! goals.

use std::{path::Path, process::ExitCode};

use tempfile::TempDir;

use self::{
    check::{CheckBench, CheckMeasurements},
    requests::RequestMeasurements,
    table::Table,
};
use crate::{
    cargo::{Artifacts, Profile},
    error::{ErrorContext as _, TaskError},
    install::install,
};

mod bench_host;
mod callgrind;
mod check;
mod cpu_time;
mod machine;
mod nginx;
mod requests;
mod startup;
mod statistics;
mod table;
mod tools;
mod wrk;

/// Measure what authorization costs and print a table
///
/// The servers that are compared take turns in each round, so that other load affects all of them
/// alike.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Only check that the measurement works: short rounds with imprecise results
    #[arg(long)]
    quick: bool,
}

/// A sample takes less than a millisecond, so that most are not interrupted on a busy machine.
const CHECKS_PER_SAMPLE: u32 = 10_000;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
struct Plan {
    rounds: u32,
    seconds_per_turn: u32,
    samples_per_round: u32,
    starts: u32,
}

impl Plan {
    const FULL: Self = Self {
        rounds: 9,
        seconds_per_turn: 4,
        samples_per_round: 400,
        starts: 20,
    };
    const QUICK: Self = Self {
        rounds: 2,
        seconds_per_turn: 1,
        samples_per_round: 20,
        starts: 3,
    };
}

/// Builds, measures, prints. A missed goal is marked; it is not a failure.
///
/// # Errors
/// A build or a measurement failed.
pub(crate) fn run(options: &Options) -> Result<ExitCode, TaskError> {
    let plan = if options.quick {
        Plan::QUICK
    } else {
        Plan::FULL
    };
    eprintln!("building");
    let packages = [
        "--package=host-demo",
        "--package=token-plugin",
        "--package=host-bench",
    ];
    let artifacts = Artifacts::build(Profile::Release, &packages)?;
    let host = artifacts.executable("host-demo")?;
    let plugins = TempDir::with_prefix("bench-plugins-").context(|| "making a folder")?;
    install(artifacts.library("token-plugin")?, plugins.path(), None)?;
    let check = CheckBench::new(artifacts.executable("token-check")?, plugins.path());

    let load_before = machine::load();
    eprintln!("measuring {} starts", plan.starts);
    let starts = startup::measure(host, plugins.path(), plan.starts)?;
    let (checks, requests) = take_turns(&check, host, plugins.path(), plan)?;
    let instructions = callgrind::instructions_of_a_check(&check)?;

    let mut table = Table::default();
    checks.add_rows(instructions, &mut table);
    requests.add_rows(&mut table);
    starts.add_rows(&mut table);
    println!("{table}");
    println!("{}", machine::describe(&load_before));
    println!("{}", explain(plan, &requests));
    Ok(ExitCode::SUCCESS)
}

fn take_turns(
    check: &CheckBench<'_>,
    host: &Path,
    plugins: &Path,
    plan: Plan,
) -> Result<(CheckMeasurements, RequestMeasurements), TaskError> {
    let mut checks = CheckMeasurements::default();
    let mut requests = RequestMeasurements::prepare(host, plugins)?;
    for round in 1..=plan.rounds {
        eprintln!("round {round} of {}", plan.rounds);
        check.measure(plan.samples_per_round, CHECKS_PER_SAMPLE, &mut checks)?;
        requests.round(plan.seconds_per_turn, round % 2 == 0)?;
    }
    Ok((checks, requests))
}

fn explain(plan: Plan, requests: &RequestMeasurements) -> String {
    let mut text = format!(
        "Median and, in brackets, the interquartile range of {} rounds in which the servers take turns; \
         {} checks a round, {} s of requests a turn, {} starts.",
        plan.rounds,
        plan.samples_per_round * CHECKS_PER_SAMPLE,
        plan.seconds_per_turn,
        plan.starts
    );
    if let Some(late) = requests.late() {
        text.push_str("\n\n");
        text.push_str(&late);
    }
    for reason in requests.missing() {
        text.push_str("\n\nNot measured: ");
        text.push_str(reason);
    }
    text
}
