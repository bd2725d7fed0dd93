//! The outcome of one check.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::plugins::PluginLoadError;

/// The longest detail, in characters: a plugin's message may be part of it.
const DETAIL_CHARACTERS_MAX: usize = 400;

/// The outcome of a check, and one line about it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Outcome {
    pub(super) outcome: CheckStatus,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) detail: String,
}

/// The result of a check.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum CheckStatus {
    Ok,
    Failed,
    Skipped,
}

impl Outcome {
    /// Successful; the detail may be empty.
    pub(super) fn ok(detail: impl AsRef<str>) -> Self {
        Self::new(CheckStatus::Ok, detail.as_ref())
    }

    /// A finding.
    pub(super) fn failed(why: impl AsRef<str>) -> Self {
        Self::new(CheckStatus::Failed, why.as_ref())
    }

    /// Not run.
    pub(super) fn skipped(why: impl AsRef<str>) -> Self {
        Self::new(CheckStatus::Skipped, why.as_ref())
    }

    fn new(outcome: CheckStatus, detail: &str) -> Self {
        let words: Vec<_> = detail.split_whitespace().collect();
        let line = words.join(" ");
        Self {
            outcome,
            detail: line.chars().take(DETAIL_CHARACTERS_MAX).collect(),
        }
    }
}

/// A check by its name, and its outcome.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct CheckResult {
    pub(super) check: String,
    #[serde(flatten)]
    pub(super) outcome: Outcome,
}

impl CheckResult {
    pub(super) fn new(check: &str, outcome: Outcome) -> Self {
        Self {
            check: check.to_owned(),
            outcome,
        }
    }
}

/// The server's message without the name of the file, which is in the report already.
pub(super) fn reason(file: &Path, error: &PluginLoadError) -> String {
    let text = error.to_string();
    let prefix = format!("plugin {}: ", file.display());
    text.strip_prefix(&prefix).unwrap_or(&text).to_owned()
}

/// The files of a plugin while it runs, and the mode of each.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Wrote {
    pub(super) files: BTreeMap<PathBuf, u32>,
    /// Whether they may contain keys.
    pub(super) by_a_token_plugin: bool,
}

/// A message of the process about its checks, one JSON value a line.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Event {
    /// This check begins.
    Begun(String),
    /// It ended.
    Ended(CheckResult),
    /// The files of its working folder before its shutdown.
    Wrote(Wrote),
}
