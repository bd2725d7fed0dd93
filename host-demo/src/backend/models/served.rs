//! One model version with its queue and its workers.

use std::{io, sync::Arc, time::SystemTime};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::{
    compute::ComputePool,
    inference::ModelId,
    limits::RegistryLimits,
    name::{ModelName, ModelVersion},
    predict::{Answer, Predict, PredictFailure, PredictInput},
    queue::{JobQueue, Refusal, WorkerId},
    signature::Signature,
    store::ModelUrl,
    worker::{Job, ModelWorker},
};

/// The description of one model version for the management API and plugins.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub(crate) struct ModelDescription {
    /// TorchServe's `modelName`.
    pub name: ModelName,
    /// TorchServe's `modelVersion`.
    pub version: ModelVersion,
    /// TorchServe's `modelUrl`: the file in the model store.
    pub url: ModelUrl,
    /// Whether it is the default version.
    pub is_default: bool,
    /// TorchServe's `loadedAtStartup`.
    pub loaded_at_startup: bool,
    /// TorchServe's `jobQueueStatus.pendingRequests`: jobs that wait for a worker now.
    pub jobs_waiting: usize,
    /// How many jobs may wait.
    pub jobs_max: usize,
    /// Whether it takes images as well as tensors.
    pub is_image_classifier: bool,
    /// The tensors that it takes and returns.
    pub signature: Arc<Signature>,
    /// The workers, oldest first.
    pub workers: Vec<WorkerDescription>,
}

/// The description of one worker for the management API and plugins.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub(crate) struct WorkerDescription {
    /// Unique within the model version while the host runs.
    pub id: u64,
    /// Whether its thread has been started and is not ending.
    pub is_running: bool,
    /// When it was started.
    pub started_at: SystemTime,
    /// The model's size in bytes at the first worker, 0 at the others: workers are threads that
    /// share one copy of the model, so that only this way the sum over the workers is right.
    pub memory_bytes: u64,
}

/// A registered model version. Its workers end when it is dropped.
pub(super) struct ServedModel {
    pub(super) name: ModelName,
    pub(super) version: ModelVersion,
    pub(super) url: ModelUrl,
    pub(super) loaded_at_startup: bool,
    model: Arc<dyn Predict>,
    queue: Arc<JobQueue<Job>>,
    processors: usize,
    crew: Mutex<Crew>,
}

#[derive(Debug, Default)]
struct Crew {
    workers: Vec<ModelWorker>,
    next_id: WorkerId,
}

impl ModelDescription {
    /// The handler, by TorchServe's name for it if it has one.
    pub(crate) const fn handler(&self) -> &'static str {
        if self.is_image_classifier {
            "image_classifier"
        } else {
            "tensors"
        }
    }

    /// Whether a worker waits for requests or is at work.
    pub(crate) fn is_ready(&self) -> bool {
        self.workers.iter().any(|worker| worker.is_running)
    }
}

impl ServedModel {
    /// A model version without workers.
    pub(super) fn new(
        name: ModelName,
        version: ModelVersion,
        url: ModelUrl,
        loaded_at_startup: bool,
        model: Arc<dyn Predict>,
        limits: &RegistryLimits,
    ) -> Self {
        let queue = Arc::new(JobQueue::new(limits.job_queue_size));
        let crew = Mutex::new(Crew::default());
        Self {
            name,
            version,
            url,
            loaded_at_startup,
            model,
            queue,
            processors: limits.processors,
            crew,
        }
    }

    /// Adds an input to the queue of the workers. Never waits.
    pub(super) fn submit(
        &self,
        input: PredictInput,
    ) -> Result<oneshot::Receiver<Result<Answer, PredictFailure>>, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.queue.push(Job { input, reply })?;
        Ok(answer)
    }

    /// Starts workers, or ends the newest ones after their job. On an error the workers are
    /// unchanged.
    pub(super) fn scale(&self, workers: usize) -> io::Result<()> {
        let id_of_model = ModelId {
            name: self.name.clone(),
            version: self.version.clone(),
        };
        let mut crew = self.crew.lock();
        let before = crew.workers.len();
        self.shrink(&mut crew, workers);
        while crew.workers.len() < workers {
            let id = crew.next_id;
            crew.next_id += 1;
            let threads = ComputePool::share(self.processors, workers);
            match ModelWorker::start(id, &id_of_model, &self.queue, &self.model, threads) {
                Ok(worker) => crew.workers.push(worker),
                Err(error) => {
                    self.shrink(&mut crew, before);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Ends all workers after their jobs, and drops the jobs that wait.
    pub(super) fn dismiss(&self) {
        self.shrink(&mut self.crew.lock(), 0);
    }

    pub(super) fn workers(&self) -> usize {
        self.crew.lock().workers.len()
    }

    pub(super) fn jobs_max(&self) -> usize {
        self.queue.jobs_max()
    }

    pub(super) fn describe(&self, is_default: bool) -> ModelDescription {
        let describe_worker = |(index, worker): (usize, &ModelWorker)| WorkerDescription {
            id: worker.id,
            is_running: worker.is_running(),
            started_at: worker.started_at,
            memory_bytes: if index == 0 {
                self.model.memory_bytes()
            } else {
                0
            },
        };
        ModelDescription {
            name: self.name.clone(),
            version: self.version.clone(),
            url: self.url.clone(),
            is_default,
            loaded_at_startup: self.loaded_at_startup,
            jobs_waiting: self.queue.waiting(),
            jobs_max: self.jobs_max(),
            is_image_classifier: self.model.is_image_classifier(),
            signature: Arc::clone(self.model.signature()),
            workers: self
                .crew
                .lock()
                .workers
                .iter()
                .enumerate()
                .map(describe_worker)
                .collect(),
        }
    }

    fn shrink(&self, crew: &mut Crew, workers: usize) {
        while crew.workers.len() > workers {
            if let Some(worker) = crew.workers.pop() {
                self.queue.leave(worker.id);
            }
        }
    }
}

impl Drop for ServedModel {
    fn drop(&mut self) {
        self.dismiss();
    }
}

impl std::fmt::Debug for ServedModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServedModel")
            .field("name", &self.name)
            .field("version", &self.version)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}
