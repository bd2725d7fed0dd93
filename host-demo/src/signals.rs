//! Signals that end the server.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTERM and SIGINT, and SIGHUP, which the end of a terminal sends.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

/// A signal that came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Received {
    /// As `kill -l` names it.
    pub name: &'static str,
    /// What a shell would see of a process that the signal ended: 128 and the signal's number.
    pub exit_code: u8,
}

impl Signals {
    /// Takes the signals over. From here on none of them ends the process by itself, so that the key
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
    pub async fn next(&mut self) -> Received {
        tokio::select! {
            _ = self.terminate.recv() => Received { name: "SIGTERM", exit_code: 143 },
            _ = self.interrupt.recv() => Received { name: "SIGINT", exit_code: 130 },
            _ = self.hang_up.recv() => Received { name: "SIGHUP", exit_code: 129 },
        }
    }
}
