//! The report.

use std::{fmt, path::Path};

use plugin_api::manifest::CONTRACT_VERSION;
use serde::Serialize;

use super::{
    names,
    outcome::{CheckResult, CheckStatus, Outcome},
};

/// One result for each check, and the verdict.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    file: String,
    contract: &'static str,
    checks: Vec<CheckResult>,
    conforms: bool,
}

impl Report {
    /// A check without a result was not reached.
    pub(super) fn new(file: &Path, mut results: Vec<CheckResult>) -> Self {
        let result_of = |name: &&str| {
            let found = results.iter().position(|result| result.check == *name);
            let missing = || CheckResult::new(name, Outcome::skipped("not reached"));
            found.map_or_else(missing, |index| results.swap_remove(index))
        };
        let checks: Vec<_> = names::ALL.iter().map(result_of).collect();
        Self {
            file: file.display().to_string(),
            contract: CONTRACT_VERSION,
            conforms: count(&checks, CheckStatus::Failed) == 0,
            checks,
        }
    }

    /// Whether nothing failed.
    pub(super) const fn conforms(&self) -> bool {
        self.conforms
    }
}

fn count(checks: &[CheckResult], status: CheckStatus) -> usize {
    let of_this_kind = |check: &&CheckResult| check.outcome.outcome == status;
    checks.iter().filter(of_this_kind).count()
}

/// One line for each check, one for the verdict.
impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for CheckResult { check, outcome } in &self.checks {
            let Outcome { outcome, detail } = outcome;
            let (word, separator) = match outcome {
                CheckStatus::Ok => ("ok", ", "),
                CheckStatus::Failed => ("FAILED", ": "),
                CheckStatus::Skipped => ("skipped", ": "),
            };
            let separator = if detail.is_empty() { "" } else { separator };
            writeln!(formatter, "{check}: {word}{separator}{detail}")?;
        }
        let verdict = if self.conforms {
            "conforms"
        } else {
            "does not conform"
        };
        writeln!(
            formatter,
            "verdict: {verdict} to contract {}: {} ok, {} failed, {} skipped",
            self.contract,
            count(&self.checks, CheckStatus::Ok),
            count(&self.checks, CheckStatus::Failed),
            count(&self.checks, CheckStatus::Skipped)
        )
    }
}
