//! A thread that runs the jobs of one model version.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread::{self, JoinHandle},
    time::SystemTime,
};

use tokio::sync::oneshot;

use super::{
    compute::ComputePool,
    inference::ModelId,
    model_error::InferenceError,
    predict::{Answer, Predict, PredictFailure, PredictInput},
    queue::{JobQueue, WorkerId},
};

/// An input that waits for its prediction.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) input: PredictInput,
    pub(super) reply: oneshot::Sender<Result<Answer, PredictFailure>>,
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
    /// queue. It computes with `pool_threads` threads that no other worker uses.
    pub(super) fn start(
        id: WorkerId,
        id_of_model: &ModelId,
        queue: &Arc<JobQueue<Job>>,
        model: &Arc<dyn Predict>,
        pool_threads: usize,
    ) -> io::Result<Self> {
        queue.join(id);
        let thread = thread::Builder::new()
            .name(format!("W-{}-{id}", id_of_model.name))
            .stack_size(model.stack_bytes())
            .spawn({
                let (id_of_model, queue, model) =
                    (id_of_model.clone(), Arc::clone(queue), Arc::clone(model));
                move || {
                    let pool = ComputePool::start(pool_threads);
                    while let Some(job) = queue.next(id) {
                        run(&id_of_model, &*model, &pool, job);
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

fn run(id: &ModelId, model: &dyn Predict, pool: &ComputePool, job: Job) {
    // The client has disconnected, so the prediction is not needed.
    if job.reply.is_closed() {
        return;
    }
    let answer = catch_unwind(AssertUnwindSafe(|| model.predict(id, &job.input, pool)))
        .unwrap_or_else(|payload| Err(InferenceError::panicked(&*payload).into()));
    if let Err(PredictFailure::Inference(error)) = &answer {
        tracing::error!(model = %id.name, %error, "inference failed");
    }
    // Fails only if the client has disconnected meanwhile.
    job.reply.send(answer).ok();
}
