//! Measures one check through the loaded library, in a separate program.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use super::table::{Goal, Table, Unit};
use crate::error::{ErrorContext as _, TaskError};

const PROGRAM: &str = "token-check";

const NANOSECONDS: Unit = Unit {
    suffix: " ns",
    digits: 1,
};

/// The program that loads the token plugin and checks.
#[derive(Clone, Copy, Debug)]
pub(super) struct CheckBench<'a> {
    program: &'a Path,
    plugins: &'a Path,
}

/// The results of all rounds.
#[derive(Debug, Default)]
pub(super) struct CheckMeasurements {
    nanoseconds: Vec<f64>,
    checks: u64,
    allocations_in_checks: Option<u64>,
    allocations_in_rotation: Option<u64>,
}

impl<'a> CheckBench<'a> {
    pub(super) const fn new(program: &'a Path, plugins: &'a Path) -> Self {
        Self { program, plugins }
    }

    /// One round.
    ///
    /// # Errors
    /// The program failed.
    pub(super) fn measure(
        &self,
        samples: u32,
        checks: u32,
        into: &mut CheckMeasurements,
    ) -> Result<(), TaskError> {
        let task = ["measure", &samples.to_string(), &checks.to_string()];
        let measured = self.run(Command::new(self.program), &task)?;
        let measured: Value = serde_json::from_slice(&measured)
            .map_err(|error| TaskError::program(PROGRAM, error.to_string()))?;
        let samples = measured["nanoseconds"].as_array().into_iter().flatten();
        into.nanoseconds.extend(samples.filter_map(Value::as_f64));
        into.checks += u64::from(checks);
        for (total, name) in [
            (&mut into.allocations_in_checks, "allocations_in_checks"),
            (&mut into.allocations_in_rotation, "allocations_in_rotation"),
        ] {
            let counted = measured[name].as_u64();
            *total = counted.map(|counted| total.unwrap_or_default() + counted);
        }
        Ok(())
    }

    /// Checks this many times under a program that counts instructions; `wrapper` is that program.
    ///
    /// # Errors
    /// The program failed.
    pub(super) fn repeat_under(&self, mut wrapper: Command, checks: u32) -> Result<(), TaskError> {
        wrapper.arg(self.program);
        self.run(wrapper, &["repeat", &checks.to_string()])
            .map(drop)
    }

    fn run(&self, mut command: Command, task: &[&str]) -> Result<Vec<u8>, TaskError> {
        let work = TempDir::with_prefix("bench-keys-").context(|| "creating a folder")?;
        let output = command
            .arg(self.plugins)
            .arg(work.path())
            .args(task)
            .stdin(Stdio::null())
            .output()
            .context(|| format!("starting {}", command.get_program().display()))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let log = String::from_utf8_lossy(&output.stderr);
        Err(TaskError::program(
            PROGRAM,
            format!("{}\n{log}", output.status),
        ))
    }
}

impl CheckMeasurements {
    /// `instructions` are those of one check, if they were counted.
    pub(super) fn add_rows(&self, instructions: Option<f64>, table: &mut Table) {
        table.add(
            "one check through the loaded library",
            &self.nanoseconds,
            NANOSECONDS,
            Goal::AtMost(40.0),
        );
        table.add_exact(
            &format!("allocations in {} checks, host and plugin", self.checks),
            exact(self.allocations_in_checks),
            Goal::AtMost(0.0),
        );
        table.add_exact(
            "allocations in the rotations, to prove the counter",
            exact(self.allocations_in_rotation),
            Goal::AtLeast(1.0),
        );
        table.add_exact("instructions of one check", instructions, Goal::None);
    }
}

/// No count here reaches the limits of the two types.
fn exact(count: Option<u64>) -> Option<f64> {
    count
        .and_then(|count| u32::try_from(count).ok())
        .map(f64::from)
}
