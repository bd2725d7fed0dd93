use std::{
    sync::mpsc,
    thread::{self, JoinHandle},
};

use tokio::{
    runtime::{self, Handle},
    sync::oneshot,
    time,
};

use crate::DEADLINE;

/// A thread that runs asynchronous tasks for tests that block. Dropping it ends its tasks.
#[derive(Debug)]
pub(crate) struct Background {
    handle: Handle,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    pub(crate) fn start() -> Self {
        let (end, ended) = oneshot::channel();
        let (handle_sender, handle) = mpsc::sync_channel(1);
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            handle_sender
                .send(runtime.handle().clone())
                .expect("the test waits for it");
            // The sender is dropped with the fixture.
            let _: Result<(), _> = runtime.block_on(ended);
        });
        Self {
            handle: handle.recv().expect("the thread runs"),
            end: Some(end),
            thread: Some(thread),
        }
    }

    /// Where tasks are spawned.
    pub(crate) const fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed.
            let _ = thread.join();
        }
    }
}

/// Waits for a result of another thread's tasks; `None` after [`DEADLINE`].
pub(crate) fn wait_for<F: Future>(handle: &Handle, future: F) -> Option<F::Output> {
    handle.block_on(async { time::timeout(DEADLINE, future).await.ok() })
}
