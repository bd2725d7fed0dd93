//! Counts the instructions of a check, which do not depend on the load of the machine.

use std::process::Command;

use tempfile::TempDir;

use super::{check::CheckBench, tools};
use crate::error::{ErrorContext as _, TaskError};

#[cfg(test)]
mod tests;

const FEW: u32 = 1_000;
const MANY: u32 = 11_000;

/// The difference of two runs, so that the start is not counted. `None` without valgrind.
///
/// # Errors
/// Valgrind is installed and fails.
pub(super) fn instructions_of_a_check(check: &CheckBench<'_>) -> Result<Option<f64>, TaskError> {
    let Some(valgrind) = tools::find("valgrind") else {
        eprintln!(
            "valgrind is not installed, so instructions are not counted: apt-get install valgrind"
        );
        return Ok(None);
    };
    eprintln!("counting instructions");
    let work = TempDir::with_prefix("bench-callgrind-").context(|| "creating a folder")?;
    let count = |checks: u32| {
        let file = work.path().join(checks.to_string());
        let mut command = Command::new(&valgrind);
        command
            .args(["--tool=callgrind", "--quiet"])
            .arg(format!("--callgrind-out-file={}", file.display()));
        check.repeat_under(command, checks)?;
        let text =
            std::fs::read_to_string(&file).context(|| format!("reading {}", file.display()))?;
        total(&text).ok_or_else(|| TaskError::program("valgrind", "counted nothing"))
    };
    let (few, many) = (count(FEW)?, count(MANY)?);
    Ok(Some((many - few) / f64::from(MANY - FEW)))
}

/// The line `totals: 12345` of callgrind's file; `summary:` in others.
fn total(file: &str) -> Option<f64> {
    let line = |name| file.lines().find_map(|line| line.strip_prefix(name));
    line("totals: ")
        .or_else(|| line("summary: "))?
        .trim()
        .parse()
        .ok()
}
