//! The registered models, for the management API and the inference API.

use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Semaphore;

use super::{
    catalog::Catalog,
    error::{LookupError, PredictError, RegisterError, ScaleError, UnregisterError},
    limits::RegistryLimits,
    model_error::ModelError,
    name::{ModelName, ModelVersion},
    onnx_model::OnnxModel,
    predict::{Answer, PredictInput},
    probe::TrialError,
    queue::Refusal,
    served::{ModelDescription, ServedModel},
    store::{ModelStore, ModelUrl, StoreError},
};

/// All models of the host, shared by all its threads.
///
/// Reads use an immutable snapshot and never wait for a change. Changes are serialized, and last
/// no longer than starting threads does; a model is loaded before. Both belong on a thread that may
/// block. Dropping the registry ends all workers.
#[derive(Debug)]
pub(crate) struct ModelRegistry {
    store: Option<ModelStore>,
    limits: RegistryLimits,
    catalog: ArcSwap<Catalog>,
    change: Mutex<()>,
    /// A place for each model that is being loaded.
    loads: Semaphore,
}

/// A model to register: `POST /models` or an entry of `load_models`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Registration<'a> {
    /// The file in the model store.
    pub url: &'a str,
    /// The model's name; without it the file's name without `.onnx`.
    pub name: Option<&'a str>,
    /// The model's version; without it the file's own (metadata entry `version`), or `1.0`.
    pub version: Option<&'a str>,
    /// How many workers to start; a model without workers responds with 503 until it is scaled.
    pub initial_workers: usize,
    /// Whether the host is starting.
    pub loaded_at_startup: bool,
}

impl ModelRegistry {
    /// An empty registry. Without a store nothing can be registered.
    #[must_use]
    pub(crate) fn new(store: Option<ModelStore>, limits: RegistryLimits) -> Self {
        let catalog = ArcSwap::from_pointee(Catalog::default());
        Self {
            store,
            limits,
            catalog,
            change: Mutex::new(()),
            loads: Semaphore::new(LOADS_MAX),
        }
    }

    /// Loads a model file, starts its workers and lets requests reach it. The first version of a
    /// model is its default. Blocks on the file system and until the model is loaded twice: in a
    /// process of its own, and here.
    ///
    /// # Errors
    ///
    /// [`RegisterError`]; nothing is changed then.
    pub(crate) fn register(
        &self,
        request: &Registration<'_>,
    ) -> Result<ModelDescription, RegisterError> {
        let url = ModelUrl::parse(request.url)?;
        let name = ModelName::parse(request.name.unwrap_or_else(|| url.stem()))?;
        let version = request.version.map(ModelVersion::parse).transpose()?;
        let store = self.store.as_ref().ok_or(StoreError::NotConfigured)?;
        // No lock is held: a model that takes long to load delays no change of another.
        let model = self.load(store, &url)?;
        let version = version
            .or_else(|| model.version().cloned())
            .unwrap_or_default();
        let served = ServedModel::new(
            name,
            version,
            url,
            request.loaded_at_startup,
            Arc::new(model),
            &self.limits,
        );
        self.insert(&self.change.lock(), served, request.initial_workers)
    }

    /// Removes a version; without a version the default one. The workers finish their current
    /// requests and end; requests that still wait are refused.
    ///
    /// # Errors
    ///
    /// [`UnregisterError`] when there is no such version, or when it is the default and not the
    /// only one.
    pub(crate) fn unregister(
        &self,
        name: &str,
        version: Option<&str>,
    ) -> Result<(), UnregisterError> {
        let _change = self.change.lock();
        let mut catalog = Catalog::clone(&self.catalog.load());
        let served = Arc::clone(catalog.find(name, version)?);
        let versions = catalog.versions(name)?;
        if versions.default.version == served.version && versions.all.len() > 1 {
            return Err(UnregisterError::DefaultVersion {
                name: served.name.clone(),
            });
        }
        catalog.remove(&served);
        self.catalog.store(Arc::new(catalog));
        served.dismiss();
        Ok(())
    }

    /// Makes a version the default one.
    ///
    /// # Errors
    ///
    /// [`LookupError`] when there is no such version.
    pub(crate) fn set_default(&self, name: &str, version: &str) -> Result<(), LookupError> {
        let _change = self.change.lock();
        let mut catalog = Catalog::clone(&self.catalog.load());
        let served = Arc::clone(catalog.find(name, Some(version))?);
        catalog.set_default(&served);
        self.catalog.store(Arc::new(catalog));
        Ok(())
    }

    /// Starts workers or ends the newest ones after their current request; without a version those
    /// of the default one.
    ///
    /// # Errors
    ///
    /// [`ScaleError`]; the workers are unchanged then.
    pub(crate) fn scale(
        &self,
        name: &str,
        version: Option<&str>,
        workers: usize,
    ) -> Result<(), ScaleError> {
        let change = self.change.lock();
        let served = self.find(name, version)?;
        self.scale_within_limit(&change, &served, workers)
    }

    /// The default version of every model, in name order. TorchServe's `GET /models` and
    /// `Context.getModels`.
    #[must_use]
    pub(crate) fn list(&self) -> Vec<ModelDescription> {
        self.catalog
            .load()
            .models()
            .map(|versions| versions.default.describe(true))
            .collect()
    }

    /// Name and url of the default version of every model, in name order.
    #[must_use]
    pub(crate) fn names(&self) -> Vec<(ModelName, ModelUrl)> {
        let catalog = self.catalog.load();
        let defaults = catalog.models().map(|versions| &versions.default);
        defaults
            .map(|served| (served.name.clone(), served.url.clone()))
            .collect()
    }

    /// One version of a model; without a version the default one.
    ///
    /// # Errors
    ///
    /// [`LookupError`] when there is no such version.
    pub(crate) fn describe(
        &self,
        name: &str,
        version: Option<&str>,
    ) -> Result<ModelDescription, LookupError> {
        let catalog = self.catalog.load();
        let served = catalog.find(name, version)?;
        let is_default = Arc::ptr_eq(served, &catalog.versions(name)?.default);
        Ok(served.describe(is_default))
    }

    /// Every version of a model, in the order of their texts. TorchServe's `GET /models/x/all`.
    ///
    /// # Errors
    ///
    /// [`LookupError`] when there is no such model.
    pub(crate) fn describe_all(&self, name: &str) -> Result<Vec<ModelDescription>, LookupError> {
        let catalog = self.catalog.load();
        let versions = catalog.versions(name)?;
        let default = &versions.default;
        Ok(versions
            .all
            .values()
            .map(|one| one.describe(Arc::ptr_eq(one, default)))
            .collect())
    }

    /// Makes a prediction with a model; without a version with the default one. The caller's thread
    /// is never blocked: parsing and inference run on the model's workers. Dropping the future
    /// removes the request from the queue.
    ///
    /// # Errors
    ///
    /// [`PredictError`]; at once when there is no such model, no worker or no room in the queue.
    pub(super) async fn predict(
        &self,
        name: &str,
        version: Option<&str>,
        input: PredictInput,
    ) -> Result<Answer, PredictError> {
        let (name, submitted) = {
            let served = self.find(name, version)?;
            (
                served.name.clone(),
                served.submit(input).map_err(|why| (why, served.jobs_max())),
            )
        };
        match submitted {
            Ok(answer) => match answer.await {
                Ok(answer) => answer.map_err(|error| PredictError::new(&name, error)),
                // The last worker left while the request waited.
                Err(_) => Err(PredictError::NoWorker { name }),
            },
            Err((Refusal::NoWorker, _)) => Err(PredictError::NoWorker { name }),
            Err((Refusal::Full, jobs_max)) => Err(PredictError::QueueFull { name, jobs_max }),
        }
    }

    /// Reads a file, tries it in a process of its own, and loads it.
    fn load(&self, store: &ModelStore, url: &ModelUrl) -> Result<OnnxModel, RegisterError> {
        let loads_max = LOADS_MAX;
        let place = self.loads.try_acquire();
        let _place = place.map_err(|_| RegisterError::TooManyLoads { loads_max })?;
        let unfit = |source| RegisterError::Model {
            url: url.clone(),
            source,
        };
        let bytes = store.read(url)?;
        let survived = self.limits.probe.run(&bytes, &self.limits.of_each_model);
        survived.map_err(|error| match error {
            TrialError::Start(source) => RegisterError::Probe { source },
            TrialError::Limit(error) => unfit(error.into()),
            TrialError::Died(ending) => unfit(ModelError::Died { ending }),
        })?;
        OnnxModel::load(bytes, &self.limits.of_each_model).map_err(unfit)
    }

    fn insert(
        &self,
        change: &MutexGuard<'_, ()>,
        served: ServedModel,
        initial_workers: usize,
    ) -> Result<ModelDescription, RegisterError> {
        let mut catalog = Catalog::clone(&self.catalog.load());
        if catalog
            .find(served.name.as_str(), Some(served.version.as_str()))
            .is_ok()
        {
            let (name, version) = (served.name.clone(), served.version.clone());
            return Err(RegisterError::Conflict { name, version });
        }
        let models_max = self.limits.models_max;
        if catalog.served().count() >= models_max {
            return Err(RegisterError::TooManyModels { models_max });
        }
        let served = Arc::new(served);
        self.scale_within_limit(change, &served, initial_workers)?;
        catalog.insert(&served);
        let is_default = catalog
            .versions(served.name.as_str())
            .is_ok_and(|versions| Arc::ptr_eq(&versions.default, &served));
        self.catalog.store(Arc::new(catalog));
        Ok(served.describe(is_default))
    }

    /// Takes the guard of `change`, because the sum is right only while no other change runs.
    fn scale_within_limit(
        &self,
        _change: &MutexGuard<'_, ()>,
        served: &Arc<ServedModel>,
        workers: usize,
    ) -> Result<(), ScaleError> {
        let catalog = self.catalog.load();
        let others = catalog.served().filter(|other| !Arc::ptr_eq(other, served));
        let sum = others
            .map(|other| other.workers())
            .sum::<usize>()
            .saturating_add(workers);
        let workers_max = self.limits.workers_max;
        if sum > workers_max && workers > served.workers() {
            return Err(ScaleError::TooManyWorkers {
                workers: sum,
                workers_max,
            });
        }
        served
            .scale(workers)
            .map_err(|source| ScaleError::Thread { source })
    }

    fn find(&self, name: &str, version: Option<&str>) -> Result<Arc<ServedModel>, LookupError> {
        self.catalog.load().find(name, version).map(Arc::clone)
    }
}

/// Models that are loaded at once: each may take its memory twice, in the process that tries it and
/// here.
const LOADS_MAX: usize = 8;

#[cfg(test)]
mod tests;
