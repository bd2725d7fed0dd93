//! The task that moves the bytes of a connection.

use tokio::task::{AbortHandle, spawn_local};

/// The task of a connection. It is ended, and the stream is closed, when this is dropped.
#[derive(Debug)]
pub(super) struct Driver(Option<AbortHandle>);

impl Driver {
    /// Runs the connection on this thread, and `ended` when it has ended by itself.
    pub(super) fn spawn(
        connection: impl Future<Output = hyper::Result<()>> + 'static,
        ended: impl FnOnce() + 'static,
    ) -> Self {
        let task = spawn_local(async move {
            let outcome = connection.await;
            if let Err(error) = outcome {
                tracing::debug!("a connection to an upstream ended: {error}");
            }
            ended();
        });
        Self(Some(task.abort_handle()))
    }

    /// Lets the task go on until it ends by itself.
    pub(super) fn detach(mut self) {
        self.0 = None;
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(task) = self.0.take() {
            task.abort();
        }
    }
}
