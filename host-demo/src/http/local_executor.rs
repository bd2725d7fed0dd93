//! Where hyper's tasks of an HTTP/2 connection run.

use hyper::rt::Executor;
use tokio::task::spawn_local;

/// Runs the tasks of an HTTP/2 connection on the connection's thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LocalExecutor;

impl<F: Future<Output: 'static> + 'static> Executor<F> for LocalExecutor {
    fn execute(&self, task: F) {
        spawn_local(task);
    }
}
