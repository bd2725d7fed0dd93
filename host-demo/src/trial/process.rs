//! The process, and the socket between it and the server.

use std::{
    env,
    ffi::OsString,
    io,
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::UnixStream,
    },
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::{
    io::Errno,
    process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid},
};

#[cfg(test)]
mod tests;

/// The interval at which it is checked whether the process has ended.
const POLL: Duration = Duration::from_millis(5);

/// Those of the dynamic linker, and what programs expect.
const VARIABLES: [&str; 6] = [
    "PATH",
    "LANG",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
];

/// Killed when it is dropped, if it still runs, with what it started, if it has a process group.
#[derive(Debug)]
pub(crate) struct ChildProcess {
    child: Child,
    /// Whether its exit status was taken.
    is_reaped: bool,
}

impl ChildProcess {
    const fn new(child: Child) -> Self {
        Self {
            child,
            is_reaped: false,
        }
    }

    /// Starts this executable with one end of a socket as its standard input; `prepare` adds the
    /// arguments and the rest, and gets that end as well. Returns the other one too.
    ///
    /// All other descriptors of this process are closed in it: they are opened with `O_CLOEXEC`.
    ///
    /// # Errors
    /// The process cannot be started.
    pub(crate) fn start(
        prepare: impl FnOnce(&mut Command, &UnixStream) -> io::Result<()>,
    ) -> io::Result<(Self, UnixStream)> {
        let (ours, theirs) = UnixStream::pair()?;
        let mut command = Command::new(own_executable()?);
        prepare(&mut command, &theirs)?;
        command.stdin(Stdio::from(OwnedFd::from(theirs)));
        Ok((Self::new(command.spawn()?), ours))
    }

    /// Waits for its end; `None` if the time has passed first.
    ///
    /// # Errors
    /// From the operating system.
    pub(crate) fn wait(&mut self, time_limit: Duration) -> io::Result<Option<ExitStatus>> {
        let begin = Instant::now();
        loop {
            if self.is_reaped || self.has_ended() {
                self.kill_what_it_started();
                let status = self.child.wait()?;
                self.is_reaped = true;
                return Ok(Some(status));
            }
            if begin.elapsed() > time_limit {
                return Ok(None);
            }
            thread::sleep(POLL);
        }
    }

    /// Its id stays its own until its exit status is taken, which this does not do.
    fn has_ended(&self) -> bool {
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let found = waitid(WaitId::Pid(Pid::from_child(&self.child)), look);
        matches!(found, Ok(Some(_)) | Err(Errno::CHILD))
    }

    /// Not once its exit status is taken: its id may be another process's then.
    fn kill_what_it_started(&self) {
        if self.is_reaped {
            return;
        }
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        self.kill_what_it_started();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In the new process: the socket, which is no longer its standard input afterwards, so that a
/// process that the plugin starts does not keep it open.
///
/// # Errors
/// Standard input is closed.
pub(crate) fn socket_of_the_parent() -> io::Result<UnixStream> {
    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    rustix::stdio::dup2_stdin(std::fs::File::open("/dev/null")?)?;
    Ok(socket)
}

/// The only variables that a process gets which loads a file on trial.
pub(crate) fn environment() -> impl Iterator<Item = (&'static str, OsString)> {
    let of_the_server = VARIABLES.into_iter();
    of_the_server.filter_map(|name| Some((name, env::var_os(name)?)))
}

/// Whether a read or a write took longer than the timeout of its socket.
pub(crate) fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

/// On Linux the file that runs, even if another one has its path by now.
#[cfg(target_os = "linux")]
#[expect(
    clippy::unnecessary_wraps,
    reason = "other systems have to look for it"
)]
fn own_executable() -> io::Result<PathBuf> {
    Ok(PathBuf::from("/proc/self/exe"))
}

#[cfg(not(target_os = "linux"))]
fn own_executable() -> io::Result<PathBuf> {
    std::env::current_exe()
}
