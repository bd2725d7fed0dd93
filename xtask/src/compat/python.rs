//! A Python environment with the packages of a rig.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use super::{
    interrupt::Interrupt,
    process::{Group, last_lines},
};
use crate::error::{ErrorContext as _, TaskError};

/// Written into the environment once it is complete: what is installed in it.
const INSTALLED: &str = "installed.txt";

const CREATE_TIMEOUT: Duration = Duration::from_secs(120);

/// An environment that is complete.
#[derive(Debug)]
pub(super) struct Python {
    program: PathBuf,
}

impl Python {
    /// Uses the environment of the folder if it has the requirements, and makes it otherwise.
    ///
    /// # Errors
    /// The requirements cannot be read or installed; the folder's `install.log` says why.
    pub(super) fn prepare(
        folder: &Path,
        requirements: &Path,
        limit: Duration,
        interrupt: &Interrupt,
    ) -> Result<Self, TaskError> {
        fs::create_dir_all(folder).context(|| format!("making {}", folder.display()))?;
        let environment = folder.join("venv");
        let python = Self {
            program: environment.join("bin/python"),
        };
        let wanted = fs::read_to_string(requirements)
            .context(|| format!("reading {}", requirements.display()))?;
        let stamp = environment.join(INSTALLED);
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(python);
        }
        eprintln!("installing {}", requirements.display());
        if environment.exists() {
            fs::remove_dir_all(&environment)
                .context(|| format!("removing {}", environment.display()))?;
        }
        let log = folder.join("install.log");
        let mut create = Command::new("python3");
        create.args(["-m", "venv"]).arg(&environment);
        run(
            "python3 -m venv",
            &mut create,
            &log,
            CREATE_TIMEOUT,
            interrupt,
        )?;
        let mut install = python.command();
        install
            .args(["-m", "pip", "install", "--disable-pip-version-check", "-r"])
            .arg(requirements);
        run("pip install", &mut install, &log, limit, interrupt)?;
        fs::copy(requirements, &stamp).context(|| format!("writing {}", stamp.display()))?;
        Ok(python)
    }

    /// Its interpreter, away from the user's own packages.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONNOUSERSITE", "1")
            .env("PYTHONUNBUFFERED", "1")
            .env_remove("PYTHONHOME")
            .env_remove("PYTHONPATH")
            // Cargo's folders, which the dynamic linker would search first.
            .env_remove("LD_LIBRARY_PATH");
        command
    }
}

fn run(
    name: &str,
    command: &mut Command,
    log: &Path,
    limit: Duration,
    interrupt: &Interrupt,
) -> Result<(), TaskError> {
    let mut group = Group::start(name, command, log, log)?;
    let status = interrupt.wait(name, limit, || group.ended())?;
    if status.success() {
        return Ok(());
    }
    eprintln!("{}", last_lines(log));
    let why = format!("{status}, see {}", log.display());
    Err(TaskError::program(name, why))
}
