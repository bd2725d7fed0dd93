//! Runs the clients of a rig, and passes on what they say.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
    process::Command,
    time::Duration,
};

use super::{interrupt::Interrupt, outcome::Outcome, process::Group};
use crate::error::{ErrorContext as _, TaskError};

const TIMEOUT: Duration = Duration::from_secs(300);

/// Runs the script until it ends; what it says of its checks is passed on as it comes, and is in
/// the folder's `client.log`.
///
/// # Errors
/// It cannot be started, or a signal came.
pub(super) fn run(
    server: &str,
    command: &mut Command,
    folder: &Path,
    interrupt: &Interrupt,
) -> Result<Outcome, TaskError> {
    let (output, errors) = (folder.join("client.log"), folder.join("client-errors.log"));
    let mut group = Group::start("client.py", command, &output, &errors)?;
    let mut lines = Follow::open(&output)?;
    let mut outcome = Outcome::default();
    let waited = interrupt.wait("client.py", TIMEOUT, || {
        // Asked first: what it printed before its end is read below.
        let ended = group.ended()?;
        lines.read(|line| outcome.read(server, line))?;
        Ok(ended)
    });
    let why = match waited {
        Err(error) if interrupt.is_set() => return Err(error),
        Err(error) => error.to_string(),
        Ok(status) if status.success() || outcome.has_failed() => return Ok(outcome),
        Ok(status) => format!("client.py: {status}"),
    };
    let why = format!("{why}, see {}", errors.display());
    outcome.fail(server, "the clients run to their end", &why);
    Ok(outcome)
}

/// The lines of a file that is still written.
#[derive(Debug)]
struct Follow {
    file: BufReader<File>,
    line: String,
}

impl Follow {
    fn open(path: &Path) -> Result<Self, TaskError> {
        let file = File::open(path).context(|| format!("opening {}", path.display()))?;
        Ok(Self {
            file: BufReader::new(file),
            line: String::new(),
        })
    }

    /// Those that were completed since the last call.
    fn read(&mut self, mut each: impl FnMut(&str)) -> Result<(), TaskError> {
        loop {
            let read = self.file.read_line(&mut self.line);
            if read.context(|| "reading client.log")? == 0 {
                return Ok(());
            }
            if let Some(line) = self.line.strip_suffix('\n') {
                each(line);
                self.line.clear();
            }
        }
    }
}
