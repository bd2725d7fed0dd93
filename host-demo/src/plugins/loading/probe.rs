//! New files are loaded in a process of their own before the server loads them: a damaged library ends
//! that process instead of the server.
//!
//! | what | where |
//! | --- | --- |
//! | the process around the plugin, and its end | `trial/process.rs` |
//! | what runs in it | `probe/child.rs`, `probe/sandbox.rs` |
//! | what the two tell each other | `probe/message.rs` |

use std::{
    collections::BTreeSet,
    io::{self, BufReader},
    os::unix::{net::UnixStream, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use self::message::{ProbeOrder, ProbeProgress};
use super::private_copies::PrivateCopy;
use crate::{
    config::{Config, Settings},
    plugins::digest::Sha256,
    trial::{ChildProcess, environment, is_timeout},
};

pub(crate) mod child;
mod message;
mod sandbox;

/// Files that are probed at once.
const PROCESSES_MAX: usize = 4;
/// Files that are remembered.
const SURVIVED_MAX: usize = 1024;
/// How long the end of a process is waited for that has closed its socket.
const END: Duration = Duration::from_secs(1);

/// Loads files on trial.
#[derive(Debug)]
pub(crate) struct FileProbe {
    key_minutes: f64,
    time_limit: Duration,
    /// The files that no process was ended by. Others are tried again: the machine may have been busy.
    survived: Mutex<BTreeSet<Sha256>>,
}

/// A file that is about to be loaded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewFile<'f> {
    /// In the plugins folder.
    pub(crate) path: &'f Path,
    pub(crate) sha256: Sha256,
    /// What is loaded.
    pub(crate) copy: &'f PrivateCopy,
}

/// Why a file is not loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileProbeError {
    /// The process ended.
    #[error(
        "a process that {step} it on trial ended with {ending}: the file is damaged or its \
         initialisation fails; copy it again"
    )]
    Ended {
        /// What it was doing.
        step: &'static str,
        /// The signal or the exit status.
        ending: String,
    },
    /// The process did not end.
    #[error(
        "a process that {step} it on trial was not done within {} s (plugin_open_timeout_sec): the file \
         is damaged or its initialisation waits for something", time_limit.as_secs()
    )]
    Late {
        /// What it was doing.
        step: &'static str,
        /// The limit.
        time_limit: Duration,
    },
    /// It cannot be loaded, or does not match the contract: as
    /// [`LibraryError`](crate::plugins::LibraryError) says.
    #[error("{reason}")]
    Refused {
        /// Its message.
        reason: String,
    },
    /// There is no process.
    #[error("it cannot be loaded on trial: {0}: start with plugins_probe=false to load it without")]
    NoProcess(#[from] io::Error),
}

impl FileProbe {
    /// None if the configuration asks for none.
    pub(crate) fn new(config: &Config) -> Option<Self> {
        config.plugin_opening.probe.then(|| Self {
            key_minutes: config.token.expiration.minutes(),
            time_limit: config.plugin_opening.time_limit,
            survived: Mutex::default(),
        })
    }

    /// Loads each file in a process of its own, several at once, and opens its plugin with these
    /// settings. Blocks.
    ///
    /// # Errors
    /// The first file that is not to be loaded, and the reason.
    pub(crate) fn run(
        &self,
        files: &[NewFile<'_>],
        settings: &Settings,
    ) -> Result<(), (PathBuf, FileProbeError)> {
        for files in files.chunks(PROCESSES_MAX) {
            let results = thread::scope(|scope| {
                let started: Vec<_> = files
                    .iter()
                    .map(|file| {
                        thread::Builder::new().spawn_scoped(scope, || self.probe(file, settings))
                    })
                    .collect();
                let ended = |result: io::Result<thread::ScopedJoinHandle<'_, _>>| {
                    let ended = result?.join();
                    ended.unwrap_or_else(|_| Err(io::Error::other("its thread panicked").into()))
                };
                started.into_iter().map(ended).collect::<Vec<_>>()
            });
            for (file, result) in files.iter().zip(results) {
                result.map_err(|reason| (file.path.to_owned(), reason))?;
            }
        }
        Ok(())
    }

    fn probe(&self, file: &NewFile<'_>, settings: &Settings) -> Result<(), FileProbeError> {
        if self.survived.lock().contains(&file.sha256) {
            return Ok(());
        }
        let begin = Instant::now();
        self.load_in_a_process(file, settings)?;
        tracing::debug!(
            "{}: loaded on trial in {:?}",
            file.path.display(),
            begin.elapsed()
        );
        let mut survived = self.survived.lock();
        if survived.len() >= SURVIVED_MAX {
            survived.clear();
        }
        survived.insert(file.sha256);
        Ok(())
    }

    fn load_in_a_process(
        &self,
        file: &NewFile<'_>,
        settings: &Settings,
    ) -> Result<(), FileProbeError> {
        let folder = tempfile::Builder::new()
            .prefix("probe-")
            .tempdir_in(file.copy.folder())?;
        let (mut process, socket) = start(file, folder.path())?;
        let order = ProbeOrder {
            server_id: std::process::id(),
            settings: as_text(settings),
            key_minutes: self.key_minutes,
            time_limit: self.time_limit,
        };
        let mut step = "loaded";
        let told = self.listen(&socket, &order, &mut step);
        match told {
            Ok(Some(ProbeProgress::Survived)) => Ok(()),
            Ok(Some(ProbeProgress::Refused { reason, comparison })) => {
                if let Some(comparison) = comparison {
                    tracing::debug!("{}: {comparison}", file.path.display());
                }
                Err(FileProbeError::Refused { reason })
            }
            Ok(_) => match process.wait(END)? {
                Some(status) => Err(FileProbeError::Ended {
                    step,
                    ending: status.to_string().replacen(": ", " ", 1),
                }),
                None => Err(io::Error::other("the process closed its socket").into()),
            },
            Err(error) if is_timeout(&error) => Err(FileProbeError::Late {
                step,
                time_limit: self.time_limit,
            }),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the last thing that the process told, or none if it ended before.
    fn listen(
        &self,
        socket: &UnixStream,
        order: &ProbeOrder,
        step: &mut &'static str,
    ) -> io::Result<Option<ProbeProgress>> {
        let end = Instant::now() + self.time_limit;
        // A process that ended at once has closed the socket, which is found below.
        let _ = message::send(socket, order);
        let mut from = BufReader::new(socket);
        loop {
            let left = end.saturating_duration_since(Instant::now());
            socket.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
            match message::receive(&mut from) {
                Ok(Some(ProbeProgress::Loaded)) => *step = "opened",
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(None),
                told => return told,
            }
        }
    }
}

fn as_text(settings: &Settings) -> Vec<(String, String)> {
    let settings = settings.iter();
    settings
        .map(|(key, setting)| (key.to_owned(), setting.value.clone()))
        .collect()
}

fn start(file: &NewFile<'_>, folder: &Path) -> io::Result<(ChildProcess, UnixStream)> {
    ChildProcess::start(|command: &mut Command, _| {
        command
            .arg0("host-demo")
            .args(["plugin", "probe"])
            .arg(file.copy.path())
            .arg(file.path)
            .current_dir(folder)
            .env_clear()
            .envs(environment())
            .env("HOME", folder)
            .env("TMPDIR", folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A signal of the terminal is for the server.
            .process_group(0);
        Ok(())
    })
}
