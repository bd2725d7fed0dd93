use std::{
    io::{self, Read},
    sync::{Arc, Condvar, Mutex, PoisonError},
};

use crate::eventually;

/// Lets a reader of a stream pause.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<(Mutex<State>, Condvar)>);

#[derive(Debug, Default)]
struct State {
    is_closed: bool,
    is_waited_for: bool,
}

/// A stream that is read while its gate is open.
pub(crate) struct Gated<R> {
    stream: R,
    gate: Gate,
}

impl Gate {
    pub(crate) fn around<R: Read>(&self, stream: R) -> Gated<R> {
        Gated {
            stream,
            gate: self.clone(),
        }
    }

    /// Lets nothing more through. A read that has begun goes on until something comes.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
    }

    /// Lets everything through again.
    pub(crate) fn open(&self) {
        self.lock().is_closed = false;
        self.0.1.notify_all();
    }

    /// Waits until a reader stands before the closed gate.
    pub(crate) fn wait_for_reader(&self) {
        eventually("the reader pauses", || {
            self.lock().is_waited_for.then_some(())
        });
    }

    fn pass(&self) {
        let mut state = self.lock();
        while state.is_closed {
            state.is_waited_for = true;
            let waited = self.0.1.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
        state.is_waited_for = false;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R: Read> Read for Gated<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.gate.pass();
        self.stream.read(buffer)
    }
}
