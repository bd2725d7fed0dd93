//! What the checks of a rig said.

use std::{fmt, process::ExitCode};

use crate::error::TaskError;

#[cfg(test)]
mod tests;

/// How many checks there were.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Outcome {
    passed: u32,
    failed: u32,
    skipped: u32,
}

impl Outcome {
    /// Counts a line that a client printed, and prints it with the server's name. A line that is
    /// about no check is ignored.
    pub(super) fn read(&mut self, server: &str, line: &str) {
        let Some((word, check)) = line.split_once(' ') else {
            return;
        };
        let count = match word {
            "ok" => &mut self.passed,
            "FAILED" => &mut self.failed,
            "skipped" => &mut self.skipped,
            _ => return,
        };
        *count += 1;
        println!("{word} {server}: {check}");
    }

    /// Counts a check of this program, and prints it.
    pub(super) fn record(&mut self, server: &str, check: &str, result: Result<(), TaskError>) {
        match result {
            Ok(()) => self.read(server, &format!("ok {check}")),
            Err(error) => self.fail(server, check, &error.to_string()),
        }
    }

    /// Counts a check of this program that failed, and prints it.
    pub(super) fn fail(&mut self, server: &str, check: &str, why: &str) {
        self.read(server, &format!("FAILED {check}: {why}"));
    }

    /// Adds those of another rig.
    pub(super) const fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// Whether some check failed.
    pub(super) const fn has_failed(self) -> bool {
        self.failed > 0
    }

    /// A failure if some check failed, or none was made.
    pub(super) fn exit_code(self) -> ExitCode {
        if self.failed > 0 || self.passed == 0 {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}
