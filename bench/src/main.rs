//! Measures one token check through the loaded library; `cargo xtask bench` builds and runs it.

use std::{error::Error, hint::black_box, path::PathBuf, time::Instant};

use clap::{Parser, Subcommand};
use serde_json::json;

use self::{allocations::allocations_in, check::ManagementCheck};

mod allocations;
mod check;

#[derive(Debug, Parser)]
struct Options {
    /// Folder with the token plugin
    plugins: PathBuf,

    /// Folder for the key file
    work: PathBuf,

    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Print one JSON object: nanoseconds of a check, one number a sample, and allocations
    Measure { samples: u32, checks: u32 },
    /// Check this many times, for a program that counts instructions
    Repeat { checks: u32 },
}

fn main() -> Result<(), Box<dyn Error>> {
    let Options {
        plugins,
        work,
        task,
    } = Options::parse();
    let check = ManagementCheck::open(&plugins, &work)?;
    match task {
        Task::Measure { samples, checks } => measure(&check, samples, checks),
        Task::Repeat { checks } => repeat(&check, checks),
    }
}

fn measure(check: &ManagementCheck, samples: u32, checks: u32) -> Result<(), Box<dyn Error>> {
    repeat(check, checks)?;
    let mut nanoseconds = Vec::new();
    for _ in 0..samples {
        let start = Instant::now();
        repeat(check, checks)?;
        nanoseconds.push(start.elapsed().as_secs_f64() * 1e9 / f64::from(checks));
    }
    let mut outcome = Ok(());
    let in_checks = allocations_in(|| outcome = repeat(check, checks));
    outcome?;
    let mut outcome = Ok(());
    let in_rotation = allocations_in(|| outcome = check.replace_keys());
    outcome?;
    let measured = json!({
        "nanoseconds": nanoseconds,
        "checks": checks,
        "allocations_in_checks": in_checks,
        "allocations_in_rotation": in_rotation,
    });
    #[expect(clippy::print_stdout, reason = "the measurements are the output")]
    {
        println!("{measured}");
    }
    Ok(())
}

fn repeat(check: &ManagementCheck, checks: u32) -> Result<(), Box<dyn Error>> {
    let refused = (0..checks).find(|_| !black_box(check).allows());
    refused.map_or(Ok(()), |_| Err("a valid key was denied".into()))
}

#[cfg(test)]
mod tests;
