//! A thread that runs the jobs of one model version.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread::{self, JoinHandle},
    time::SystemTime,
};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::{
    classifier::{Classify, ClassifyError, InferenceError},
    name::ModelName,
    prediction::Prediction,
    queue::{JobQueue, WorkerId},
};

/// An image that waits for its prediction.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) image: Bytes,
    pub(super) reply: oneshot::Sender<Result<Prediction, ClassifyError>>,
}

/// A started thread, `W-<model>-<id>`.
#[derive(Debug)]
pub(super) struct ModelWorker {
    pub(super) id: WorkerId,
    pub(super) started_at: SystemTime,
    thread: JoinHandle<()>,
}

impl ModelWorker {
    /// Adds the worker to the queue and starts its thread, which ends after the worker has left the
    /// queue.
    pub(super) fn start(
        id: WorkerId,
        model: &ModelName,
        queue: &Arc<JobQueue<Job>>,
        classifier: &Arc<dyn Classify>,
    ) -> io::Result<Self> {
        queue.join(id);
        let thread = thread::Builder::new()
            .name(format!("W-{model}-{id}"))
            .spawn({
                let (model, queue, classifier) =
                    (model.clone(), Arc::clone(queue), Arc::clone(classifier));
                move || {
                    while let Some(job) = queue.next(id) {
                        run(&model, &*classifier, job);
                    }
                }
            });
        match thread {
            Ok(thread) => Ok(Self {
                id,
                started_at: SystemTime::now(),
                thread,
            }),
            Err(error) => {
                queue.leave(id);
                Err(error)
            }
        }
    }

    pub(super) fn is_running(&self) -> bool {
        !self.thread.is_finished()
    }
}

fn run(model: &ModelName, classifier: &dyn Classify, job: Job) {
    // The client has disconnected, so the prediction is not needed.
    if job.reply.is_closed() {
        return;
    }
    let prediction = catch_unwind(AssertUnwindSafe(|| classifier.classify(&job.image)))
        .unwrap_or_else(|payload| Err(InferenceError::panicked(&*payload).into()));
    if let Err(ClassifyError::Inference(error)) = &prediction {
        tracing::error!(%model, %error, "inference failed");
    }
    // Fails only if the client has disconnected meanwhile.
    job.reply.send(prediction).ok();
}
