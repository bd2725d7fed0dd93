//! Builds packages and finds the artifacts in any target folder.

use std::{
    collections::HashMap,
    env,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    error::{ErrorContext as _, TaskError},
    repository,
};

#[cfg(test)]
mod tests;

/// The profile of a build.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Profile {
    /// Fast to build.
    Debug,
    /// Fast to run.
    Release,
}

impl Profile {
    /// The option of cargo.
    pub(crate) const fn of(release: bool) -> Self {
        if release { Self::Release } else { Self::Debug }
    }
}

/// The artifacts by the names of packages, with `_` for `-`, or of programs.
#[derive(Debug, Default)]
pub(crate) struct Artifacts {
    executables: HashMap<String, PathBuf>,
    libraries: HashMap<String, PathBuf>,
}

impl Artifacts {
    /// Builds what the arguments select. Cargo's output goes to standard error.
    ///
    /// # Errors
    /// Cargo cannot be started, or the build failed.
    pub(crate) fn build(profile: Profile, selection: &[&str]) -> Result<Self, TaskError> {
        let release = (profile == Profile::Release).then_some("--release");
        let arguments: Vec<_> = selection.iter().copied().chain(release).collect();
        Self::build_with(&arguments, &[])
    }

    /// Builds with these arguments, in an environment that has these variables too. Cargo's output goes to
    /// standard error.
    ///
    /// # Errors
    /// Cargo cannot be started, or the build failed.
    pub(crate) fn build_with(
        arguments: &[impl AsRef<OsStr>],
        environment: &[(&str, OsString)],
    ) -> Result<Self, TaskError> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .arg("build")
            .arg("--message-format=json-render-diagnostics")
            .args(arguments)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .current_dir(repository::root())
            .stdin(Stdio::null())
            .stderr(Stdio::inherit());
        let output = command.output().context(|| "starting cargo")?;
        if !output.status.success() {
            return Err(TaskError::Build(output.status));
        }
        Ok(Self::from_messages(&String::from_utf8_lossy(
            &output.stdout,
        )))
    }

    /// A program.
    ///
    /// # Errors
    /// It was not built.
    pub(crate) fn executable(&self, name: &str) -> Result<&Path, TaskError> {
        let found = self.executables.get(name).map(PathBuf::as_path);
        found.ok_or_else(|| missing(name, "program"))
    }

    /// The shared library of a package.
    ///
    /// # Errors
    /// It was not built.
    pub(crate) fn library(&self, package: &str) -> Result<&Path, TaskError> {
        let found = self.libraries.get(&package.replace('-', "_"));
        found
            .map(PathBuf::as_path)
            .ok_or_else(|| missing(package, "shared library (crate-type cdylib)"))
    }

    fn from_messages(messages: &str) -> Self {
        let mut artifacts = Self::default();
        // A build script may print anything: lines that are not JSON are ignored.
        for message in messages
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
        {
            artifacts.add(&message);
        }
        artifacts
    }

    fn add(&mut self, message: &Value) {
        let target = &message["target"];
        let Some(name) = target["name"].as_str() else {
            return;
        };
        if let Some(executable) = message["executable"].as_str() {
            self.executables.insert(name.to_owned(), executable.into());
        }
        let is_cdylib = strings(&target["kind"]).any(|kind| kind == "cdylib");
        let shared = strings(&message["filenames"])
            .map(PathBuf::from)
            .find(|path| {
                path.extension()
                    .is_some_and(|ending| ending == env::consts::DLL_EXTENSION)
            });
        if let (true, Some(path)) = (is_cdylib, shared) {
            self.libraries.insert(name.to_owned(), path);
        }
    }
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    let values = value.as_array().into_iter().flatten();
    values.filter_map(Value::as_str)
}

fn missing(package: &str, what: &'static str) -> TaskError {
    TaskError::NoArtifact {
        package: package.to_owned(),
        what,
    }
}
