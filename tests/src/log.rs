use std::{
    io::{BufRead as _, BufReader, Read},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
};

use self::gate::Gate;
use crate::eventually;

pub(crate) mod gate;

/// What a process has written to its output and its error output, line by line.
#[derive(Clone, Debug, Default)]
pub struct Log {
    lines: Arc<Mutex<Vec<String>>>,
}

impl Log {
    /// Collects from a stream until it ends, while its gate is open.
    pub(crate) fn collect(
        &self,
        stream: impl Read + Send + 'static,
        gate: &Gate,
    ) -> JoinHandle<()> {
        let log = self.clone();
        let mut stream = BufReader::new(gate.around(stream));
        thread::spawn(move || {
            let mut line = Vec::new();
            while stream
                .read_until(b'\n', &mut line)
                .is_ok_and(|count| count > 0)
            {
                let text = String::from_utf8_lossy(&line)
                    .trim_end_matches('\n')
                    .to_owned();
                log.lock().push(text);
                line.clear();
            }
        })
    }

    /// The lines so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.lock().clone()
    }

    /// The lines so far, as one text.
    #[must_use]
    pub fn text(&self) -> String {
        self.lock().join("\n")
    }

    /// The lines that contain this text.
    #[must_use]
    pub fn lines_with(&self, text: &str) -> Vec<String> {
        let mut lines = self.lines();
        lines.retain(|line| line.contains(text));
        lines
    }

    /// The lines that contain this text, once there are this many: a line that was written before a
    /// response may be read after it.
    #[must_use]
    pub fn wait_for_lines_with(&self, text: &str, count: usize) -> Vec<String> {
        eventually(&format!("{count} lines with {text:?}"), || {
            let lines = self.lines_with(text);
            (lines.len() >= count).then_some(lines)
        })
    }

    /// The lines of a level, such as `WARN`.
    #[must_use]
    pub fn lines_of_level(&self, level: &str) -> Vec<String> {
        let mut lines = self.lines();
        lines.retain(|line| line.contains(&format!("[{level}")));
        lines
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
