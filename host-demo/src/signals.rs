//! Signals: two that stop the server, one that reloads certificate and plugins.

use std::io;

use tokio::signal::unix::{self, SignalKind, signal};

/// SIGTERM, SIGINT and SIGHUP.
#[derive(Debug)]
pub struct Signals {
    terminate: unix::Signal,
    interrupt: unix::Signal,
    hang_up: unix::Signal,
}

/// What a signal requests.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Signal {
    /// SIGHUP: read the certificate and the plugins folder again.
    Reload,
    /// SIGTERM or SIGINT.
    End(End),
}

/// A signal that stops the server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct End {
    /// As `kill -l` names it, with SIG.
    pub name: &'static str,
    /// The exit code that a shell reports for a process ended by the signal: 128 and the signal's
    /// number.
    pub exit_code: u8,
}

impl Signals {
    /// Installs the handlers. From here on no signal ends the process directly, so that the key
    /// file is deleted in every case.
    ///
    /// # Errors
    /// The operating system refuses it.
    pub fn install() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::End(End { name: "SIGTERM", exit_code: 143 }),
            _ = self.interrupt.recv() => Signal::End(End { name: "SIGINT", exit_code: 130 }),
            _ = self.hang_up.recv() => Signal::Reload,
        }
    }

    /// Waits for the next signal that stops the server.
    pub async fn next_end(&mut self) -> End {
        loop {
            if let Signal::End(end) = self.next().await {
                return end;
            }
        }
    }
}
