//! `cargo xtask fuzz`: builds the fuzz targets with the stable toolchain, and runs them.

use std::{
    num::NonZeroUsize,
    path::PathBuf,
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use self::run::{Folders, Outcome, Run};
use crate::{error::TaskError, repository};

mod build;
mod run;
mod statistics;
mod targets;

/// Run fuzz targets, each from its corpus in `fuzz/corpus`
///
/// They are built with the address sanitizer into `target/fuzz`, where what they find is, too. Needs a C++
/// compiler, for libFuzzer.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Target to run; without one, they are printed
    target: Option<String>,

    /// Run every target
    #[arg(long, conflicts_with = "target")]
    all: bool,

    /// How long each runs
    #[arg(long, value_name = "N", default_value_t = 600)]
    seconds: u64,

    /// Targets that run at the same time
    #[arg(long, value_name = "N", default_value = "1")]
    jobs: NonZeroUsize,

    /// Run the target with this input alone, such as one that was found
    #[arg(long, value_name = "FILE", requires = "target")]
    input: Option<PathBuf>,

    /// Afterwards add to the corpus the inputs that were found and reach what no other does
    #[arg(long)]
    keep: bool,
}

/// Runs the targets. An input that violates a property, or takes too long or too much memory, is a failure
/// of the task.
///
/// # Errors
/// There is no such target, the build failed, or a target could not be started.
pub(crate) fn run(options: &Options) -> Result<ExitCode, TaskError> {
    let folder = repository::root().join("fuzz");
    let all = targets::in_folder(&folder)?;
    let chosen = match &options.target {
        Some(name) => vec![targets::named(&all, name)?],
        None if options.all => all,
        None => {
            all.iter().for_each(|target| println!("{target}"));
            return Ok(ExitCode::SUCCESS);
        }
    };
    if !build::has_compiler() {
        println!("left out the fuzz targets: no C++ compiler (c++) is installed");
        return Ok(ExitCode::SUCCESS);
    }
    let work = repository::target().join("fuzz");
    let artifacts = build::build(&folder, &work, &chosen)?;
    let runs = chosen.iter().map(|target| {
        let program = artifacts.executable(target.name())?.to_owned();
        Ok(Run {
            program,
            folders: Folders::of(target, &folder, &work),
            time: Duration::from_secs(options.seconds),
        })
    });
    let runs: Vec<_> = runs.collect::<Result<_, TaskError>>()?;
    if let (Some(input), [run]) = (&options.input, &*runs) {
        return run.with_input(input);
    }
    let outcomes = at_once(&runs, options.jobs.get());
    let mut failures = 0;
    for (run, outcome) in runs.iter().zip(outcomes) {
        let outcome = outcome?;
        failures += usize::from(outcome.has_failed);
        if options.keep && !outcome.has_failed {
            run.keep()?;
        }
    }
    println!("{} fuzz targets, {failures} failed", runs.len());
    Ok(ExitCode::from(u8::from(failures > 0)))
}

/// Runs all, several at once, and prints each outcome when it is there. The outcomes are in the order of the
/// runs.
fn at_once(runs: &[Run], jobs: usize) -> Vec<Result<Outcome, TaskError>> {
    let next = AtomicUsize::new(0);
    let ended = Mutex::new(Vec::new());
    let work = || {
        while let Some((index, run)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            runs.get(index).map(|run| (index, run))
        } {
            let outcome = run.run();
            if let Ok(outcome) = &outcome {
                println!("{outcome}");
            }
            let mut ended = ended
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            ended.push((index, outcome));
        }
    };
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(work);
        }
    });
    let mut ended = ended
        .into_inner()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    ended.sort_by_key(|(index, _)| *index);
    ended.into_iter().map(|(_, outcome)| outcome).collect()
}
