//! Runs one fuzz target.

use std::{
    fmt,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::Duration,
};

use super::{statistics::Statistics, targets::Target};
use crate::error::{ErrorContext as _, TaskError};

/// How long a single input may take.
const INPUT_TIME_MAX: Duration = Duration::from_secs(20);
/// Memory that the target may use, and that one input may ask for at once.
const MEMORY_MEGABYTES_MAX: usize = 1024;
const ALLOCATION_MEGABYTES_MAX: usize = 256;
/// How many lines of the output are shown after a failure.
const LINES_SHOWN: usize = 60;

/// One target, and how long it runs.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) program: PathBuf,
    pub(super) folders: Folders,
    pub(super) time: Duration,
}

/// Where a target's inputs are.
#[derive(Debug)]
pub(super) struct Folders {
    name: String,
    /// The inputs that are kept.
    corpus: PathBuf,
    /// Words that inputs are made of, if it has such a file.
    dictionary: Option<PathBuf>,
    /// The inputs that reached something new.
    found: PathBuf,
    /// The inputs that failed.
    failed: PathBuf,
    log: PathBuf,
}

/// What came of a run.
#[derive(Debug)]
pub(super) struct Outcome {
    name: String,
    statistics: Statistics,
    pub(super) has_failed: bool,
    /// The end of the output, after a failure.
    end: String,
}

impl Folders {
    pub(super) fn of(target: &Target, folder: &Path, work: &Path) -> Self {
        let name = target.name();
        let dictionary = folder.join("dictionaries").join(name);
        Self {
            name: name.to_owned(),
            corpus: folder.join("corpus").join(name),
            dictionary: dictionary.is_file().then_some(dictionary),
            found: work.join("found").join(name),
            failed: work.join("failed").join(name),
            log: work.join("logs").join(name),
        }
    }
}

impl Run {
    /// Runs it. Its output goes to a file.
    ///
    /// # Errors
    /// It cannot be started, or a folder not be made.
    pub(super) fn run(&self) -> Result<Outcome, TaskError> {
        let Folders {
            name,
            corpus,
            dictionary,
            found,
            failed,
            log,
        } = &self.folders;
        let logs = log.parent().unwrap_or(log);
        for folder in [found, failed, logs] {
            make(folder)?;
        }
        let creating = || format!("creating {}", log.display());
        let output = File::create(log).context(creating)?;
        let mut command = self.command();
        command
            .arg(format!("-max_total_time={}", self.time.as_secs()))
            .arg("-print_final_stats=1")
            // A directory; without the slash at its end it would be a prefix.
            .arg(format!("-artifact_prefix={}/", failed.display()))
            .args(
                dictionary
                    .iter()
                    .map(|file| format!("-dict={}", file.display())),
            )
            // What is found is written to the first.
            .args([found, corpus])
            .stdout(output.try_clone().context(creating)?)
            .stderr(output);
        let status = command.status().context(|| format!("starting {name}"))?;
        let text = fs::read(log).context(|| format!("reading {}", log.display()))?;
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.lines().collect();
        let first_shown = lines.len().saturating_sub(LINES_SHOWN);
        Ok(Outcome {
            name: name.clone(),
            statistics: Statistics::of(&text),
            has_failed: !status.success(),
            end: lines.get(first_shown..).unwrap_or_default().join("\n"),
        })
    }

    /// Runs it with one input; its output is shown.
    ///
    /// # Errors
    /// It cannot be started.
    pub(super) fn with_input(&self, input: &Path) -> Result<ExitCode, TaskError> {
        let status = self.command().arg(input).status();
        let status = status.context(|| format!("starting {}", self.folders.name))?;
        Ok(ExitCode::from(u8::from(!status.success())))
    }

    /// Adds to the corpus what was found and reaches what the corpus does not.
    ///
    /// # Errors
    /// It cannot be started, or fails with one of the inputs.
    pub(super) fn keep(&self) -> Result<(), TaskError> {
        let Folders {
            name,
            corpus,
            found,
            ..
        } = &self.folders;
        let mut command = self.command();
        command
            .arg("-merge=1")
            .args([corpus, found])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let status = command.status().context(|| format!("starting {name}"))?;
        if status.success() {
            Ok(())
        } else {
            Err(TaskError::program(name, "cannot merge its corpus"))
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .stdin(Stdio::null())
            .env("RUST_BACKTRACE", "1")
            .arg(format!("-timeout={}", INPUT_TIME_MAX.as_secs()))
            .arg(format!("-rss_limit_mb={MEMORY_MEGABYTES_MAX}"))
            .arg(format!("-malloc_limit_mb={ALLOCATION_MEGABYTES_MAX}"));
        command
    }
}

fn make(folder: &Path) -> Result<(), TaskError> {
    fs::create_dir_all(folder).context(|| format!("creating {}", folder.display()))
}

/// One line; after a failure what the target printed last as well.
impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            statistics,
            has_failed,
            end,
        } = self;
        let outcome = if *has_failed { "FAILED" } else { "ok" };
        write!(formatter, "{name:<20} {outcome:<6} {statistics}")?;
        if *has_failed {
            write!(formatter, "\n{end}")?;
        }
        Ok(())
    }
}
