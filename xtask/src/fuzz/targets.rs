//! Which fuzz targets there are.

use std::{fmt, fs, path::Path};

use crate::error::{ErrorContext as _, TaskError};

#[cfg(test)]
mod tests;

/// A fuzz target, by the name of its file.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Target(String);

impl Target {
    pub(super) fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// All, by name: the files of `fuzz_targets`.
///
/// # Errors
/// The folder cannot be read.
pub(super) fn in_folder(folder: &Path) -> Result<Vec<Target>, TaskError> {
    let sources = folder.join("fuzz_targets");
    let reading = || format!("reading {}", sources.display());
    let mut targets = Vec::new();
    for entry in fs::read_dir(&sources).context(reading)? {
        let name = entry.context(reading)?.file_name();
        let name = name.to_str().and_then(|name| name.strip_suffix(".rs"));
        targets.extend(name.map(|name| Target(name.to_owned())));
    }
    targets.sort();
    Ok(targets)
}

/// The one with this name.
///
/// # Errors
/// There is none.
pub(super) fn named(all: &[Target], name: &str) -> Result<Target, TaskError> {
    let found = all.iter().find(|target| target.name() == name).cloned();
    found.ok_or_else(|| {
        let names: Vec<_> = all.iter().map(Target::name).collect();
        let known = format!("no fuzz target: expected one of {}", names.join(", "));
        TaskError::program(name, known)
    })
}
