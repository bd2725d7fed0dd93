//! The process, and the socket between it and the server.

use std::{
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

use rustix::process::{Pid, Signal, kill_process_group};

/// The interval at which it is checked whether the process has ended.
const POLL: Duration = Duration::from_millis(5);

/// Killed when it is dropped, if it still runs.
#[derive(Debug)]
pub(crate) struct ChildProcess(Child);

impl ChildProcess {
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
        Ok((Self(command.spawn()?), ours))
    }

    /// Waits for its end; `None` if the time has passed first.
    ///
    /// # Errors
    /// From the operating system.
    pub(crate) fn wait(&mut self, time_limit: Duration) -> io::Result<Option<ExitStatus>> {
        let begin = Instant::now();
        loop {
            let ended = self.0.try_wait()?;
            if ended.is_some() || begin.elapsed() > time_limit {
                return Ok(ended);
            }
            thread::sleep(POLL);
        }
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        // What it started too, if it has a process group. Not once it has ended: its id may be another
        // process's then.
        if let Ok(None) = self.0.try_wait() {
            let _ = kill_process_group(Pid::from_child(&self.0), Signal::KILL);
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
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
