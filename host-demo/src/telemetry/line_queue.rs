//! Lines on their way to a reader that may stop reading.

use std::{
    fmt,
    io::{self, Write},
    mem,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

use parking_lot::{Condvar, Mutex};
use tracing_subscriber::fmt::MakeWriter;

/// How many bytes of lines wait for the writing thread; what would exceed that is dropped and counted.
const WAITING_BYTES_MAX: usize = 2 * 1024 * 1024;

/// How many bytes are written at once, unless one line has more. A pipe takes as many in one piece
/// (`PIPE_BUF`), so two logs that share it do not break each other's lines.
const WRITE_BYTES_MAX: usize = 4096;

/// The memory that an idle log keeps.
const IDLE_BYTES_MAX: usize = 64 * 1024;

/// Takes lines from any thread without waiting; a thread of its own writes them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct LineQueue(Arc<SharedLines>);

#[derive(Default)]
struct SharedLines {
    buffer: Mutex<LineBuffer>,
    /// A line waits, or none will come any more.
    changed: Condvar,
    /// Nothing waits, and nothing is being written.
    written: Condvar,
    dropped_lines: AtomicU64,
}

#[derive(Default)]
struct LineBuffer {
    /// Whole lines.
    waiting: Vec<u8>,
    is_writing: bool,
    is_closed: bool,
}

impl LineQueue {
    /// Starts the thread that writes to `writer`.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(crate) fn start(
        thread_name: &str,
        writer: impl Write + Send + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::<SharedLines>::default();
        let of_the_thread = Arc::clone(&shared);
        thread::Builder::new()
            .name(thread_name.to_owned())
            .spawn(move || of_the_thread.write(writer))?;
        Ok(Self(shared))
    }

    /// Takes whole lines, or drops and counts them if too many bytes wait.
    pub(crate) fn push(&self, lines: &[u8]) {
        let mut buffer = self.0.buffer.lock();
        let is_full = buffer.waiting.len() + lines.len() > WAITING_BYTES_MAX;
        if buffer.is_closed || is_full {
            drop(buffer);
            self.0.count_dropped(lines);
            return;
        }
        buffer.waiting.extend_from_slice(lines);
        drop(buffer);
        self.0.changed.notify_one();
    }

    /// Takes no more lines, and waits until those that wait are written, or until `deadline`.
    pub(crate) fn close(&self, deadline: Instant) {
        let mut buffer = self.0.buffer.lock();
        buffer.is_closed = true;
        self.0.changed.notify_one();
        while buffer.is_writing || !buffer.waiting.is_empty() {
            if self.0.written.wait_until(&mut buffer, deadline).timed_out() {
                return;
            }
        }
    }

    /// Lines that were not written, because too many waited or because writing failed.
    pub(crate) fn dropped_lines(&self) -> u64 {
        self.0.dropped_lines.load(Ordering::Relaxed)
    }
}

impl SharedLines {
    /// Writes until the queue is closed and empty.
    fn write(&self, mut writer: impl Write) {
        let mut batch = Vec::new();
        while self.next(&mut batch) {
            for lines in pieces(&batch) {
                if writer
                    .write_all(lines)
                    .and_then(|()| writer.flush())
                    .is_err()
                {
                    self.count_dropped(lines);
                }
            }
        }
    }

    /// Replaces the lines that were written by those that wait, as soon as there are any.
    fn next(&self, batch: &mut Vec<u8>) -> bool {
        batch.clear();
        batch.shrink_to(IDLE_BYTES_MAX);
        let mut buffer = self.buffer.lock();
        buffer.is_writing = false;
        while buffer.waiting.is_empty() {
            self.written.notify_all();
            if buffer.is_closed {
                return false;
            }
            self.changed.wait(&mut buffer);
        }
        mem::swap(&mut buffer.waiting, batch);
        buffer.is_writing = true;
        true
    }

    fn count_dropped(&self, lines: &[u8]) {
        let count = lines.iter().filter(|byte| **byte == b'\n').count();
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.dropped_lines.fetch_add(count, Ordering::Relaxed);
    }
}

/// Parts lines so that each part can be written at once.
fn pieces(mut lines: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let is_end = |byte: &u8| *byte == b'\n';
        let begin = lines.get(..WRITE_BYTES_MAX).unwrap_or(lines);
        let end = begin.iter().rposition(is_end);
        let end = end.or_else(|| lines.iter().position(is_end));
        let (piece, rest) = lines.split_at(end.map_or(lines.len(), |end| end + 1));
        lines = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Each write is one or more whole lines, as `tracing_subscriber` writes an event.
impl Write for LineQueue {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        self.push(lines);
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for LineQueue {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl fmt::Debug for LineQueue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LineQueue")
            .field("dropped_lines", &self.dropped_lines())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
