//! Signals: those that stop the server, one that reloads certificate and plugins, and those that do nothing.

use std::io;

use rustix::process;
use tokio::signal::unix::{self, SignalKind, signal};

/// The signals that would end the process if nobody handled them, except those of a crash and SIGPIPE,
/// which the standard library ignores.
#[derive(Debug)]
pub struct Signals {
    terminate: unix::Signal,
    interrupt: unix::Signal,
    quit: unix::Signal,
    processor_time: unix::Signal,
    hang_up: unix::Signal,
    user_1: unix::Signal,
    user_2: unix::Signal,
    alarm: unix::Signal,
    /// Never read. While it is handled, a write beyond the limit of a file's size is an error of that write.
    _file_size: unix::Signal,
}

/// What a signal requests.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Signal {
    /// SIGHUP: read the certificate and the plugins folder again.
    Reload,
    /// One that stops the server.
    End(EndSignal),
    /// One that does nothing, as `kill -l` names it, with SIG.
    Ignored(&'static str),
}

/// A signal that stops the server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct EndSignal {
    /// As `kill -l` names it, with SIG.
    pub name: &'static str,
    /// The exit code that a shell reports for a process ended by the signal: 128 and the signal's
    /// number.
    pub exit_code: u8,
}

impl Signals {
    /// Installs the handlers. From here on no signal but SIGKILL and those of a crash ends the process
    /// directly, so that the key file is deleted in every case.
    ///
    /// # Errors
    /// The operating system refuses it.
    pub fn install() -> io::Result<Self> {
        let other = |one: process::Signal| signal(SignalKind::from_raw(one.as_raw()));
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            processor_time: other(process::Signal::XCPU)?,
            hang_up: signal(SignalKind::hangup())?,
            user_1: signal(SignalKind::user_defined1())?,
            user_2: signal(SignalKind::user_defined2())?,
            alarm: signal(SignalKind::alarm())?,
            _file_size: other(process::Signal::XFSZ)?,
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Signal {
        let end = |name, exit_code| Signal::End(EndSignal { name, exit_code });
        tokio::select! {
            _ = self.terminate.recv() => end("SIGTERM", 143),
            _ = self.interrupt.recv() => end("SIGINT", 130),
            // Not a core dump, which would hold the keys.
            _ = self.quit.recv() => end("SIGQUIT", 131),
            // `RLIMIT_CPU` sends SIGKILL next.
            _ = self.processor_time.recv() => end("SIGXCPU", 152),
            _ = self.hang_up.recv() => Signal::Reload,
            _ = self.user_1.recv() => Signal::Ignored("SIGUSR1"),
            _ = self.user_2.recv() => Signal::Ignored("SIGUSR2"),
            _ = self.alarm.recv() => Signal::Ignored("SIGALRM"),
        }
    }

    /// Waits for the next signal that stops the server.
    pub async fn next_end(&mut self) -> EndSignal {
        loop {
            if let Signal::End(end) = self.next().await {
                return end;
            }
        }
    }
}
