//! A host as a child process, and what its log says.

use std::{
    io::{self, BufRead, BufReader, Read},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, Sender, TryRecvError, channel},
    thread::{self, JoinHandle},
};

use rustix::process::{Pid, Signal, kill_process};

pub(crate) use self::announcement::Announcement;
use crate::error::{ErrorContext as _, TaskError};

mod announcement;

/// A running host. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Host {
    child: Child,
    announced: Receiver<Announcement>,
    log: Option<JoinHandle<()>>,
}

impl Host {
    /// Starts it; every line of its log is passed to `on_line`, which runs on a separate thread.
    ///
    /// # Errors
    /// It cannot be started.
    pub(crate) fn start(
        command: &mut Command,
        on_line: impl FnMut(&[u8]) + Send + 'static,
    ) -> Result<Self, TaskError> {
        let mut child = command
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context(|| format!("starting {}", command.get_program().display()))?;
        let (sender, announced) = channel();
        let log = child
            .stderr
            .take()
            .map(|stderr| thread::spawn(move || follow(stderr, on_line, &sender)));
        Ok(Self {
            child,
            announced,
            log,
        })
    }

    /// Waits until it is ready; `None` if it ended instead.
    pub(crate) fn announcement(&self) -> Option<Announcement> {
        self.announced.recv().ok()
    }

    /// `None` while it is not ready.
    ///
    /// # Errors
    /// It ended without having become ready.
    pub(crate) fn announcement_by_now(&self) -> Result<Option<Announcement>, Ended> {
        match self.announced.try_recv() {
            Ok(announcement) => Ok(Some(announcement)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(Ended),
        }
    }

    /// Whether it has not ended yet.
    ///
    /// # Errors
    /// The operating system does not say.
    pub(crate) fn is_running(&mut self) -> Result<bool, TaskError> {
        let ended = self.child.try_wait().context(|| "waiting for the host")?;
        Ok(ended.is_none())
    }

    /// The process.
    pub(crate) fn id(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Waits until it ends, and for the last line of its log.
    ///
    /// # Errors
    /// The operating system cannot wait for it.
    pub(crate) fn wait(&mut self) -> Result<ExitStatus, TaskError> {
        let status = self.child.wait().context(|| "waiting for the host")?;
        if let Some(log) = self.log.take() {
            // The thread panics only if `on_line` does, which has been reported by then.
            let _ = log.join();
        }
        Ok(status)
    }
}

/// The host ended before it was ready.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended;

impl Drop for Host {
    fn drop(&mut self) {
        // A process that was waited for has ended; its number may have been reused.
        if let Ok(None) = self.child.try_wait() {
            let _ = kill_process(self.id(), Signal::TERM);
            let _ = self.wait();
        }
    }
}

fn follow(stderr: impl Read, mut on_line: impl FnMut(&[u8]), ready: &Sender<Announcement>) {
    let mut announcement = Announcement::default();
    let mut lines = BufReader::new(stderr);
    let mut line = Vec::new();
    while let Ok(1..) = read_line(&mut lines, &mut line) {
        on_line(&line);
        announcement.read(&String::from_utf8_lossy(&line));
        if announcement.take_ready() {
            let _ = ready.send(announcement.clone());
        }
    }
}

fn read_line(lines: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    line.clear();
    lines.read_until(b'\n', line)
}
