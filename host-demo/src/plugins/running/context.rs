//! The server as a plugin sees it.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use abi_stable::{
    sabi_trait::TD_Opaque,
    sabi_types::RRef,
    std_types::{ROption, RStr, RVec},
};
use plugin_api::abi::{
    RawContext, RawContext_TO, RawContextRef, RawEntry, RawModel, RawModel_TO, RawModelBox,
    RawWorker,
};

use crate::config::Settings;

/// The models as plugins see them. The model backend implements it.
pub(crate) trait ModelListing: fmt::Debug + Send + Sync {
    /// The default version of every model, in the order of their names.
    fn models(&self) -> Vec<ListedModel>;
}

/// One model.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ListedModel {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) url: String,
    /// By TorchServe's name for it.
    pub(crate) handler: &'static str,
    pub(crate) workers: Vec<ListedWorker>,
}

/// One worker of a model.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct ListedWorker {
    pub(crate) is_running: bool,
    pub(crate) memory_bytes: u64,
}

/// Configuration without secrets, and the models.
#[derive(Clone, Debug)]
pub(crate) struct ServerContext {
    settings: Arc<Settings>,
    models: Arc<dyn ModelListing>,
}

impl ServerContext {
    pub(crate) fn new(settings: Arc<Settings>, models: Arc<dyn ModelListing>) -> Self {
        Self { settings, models }
    }

    /// The context of a server that serves no models.
    pub(crate) fn without_models(settings: Arc<Settings>) -> Self {
        Self::new(settings, Arc::new(NoModels))
    }

    pub(crate) fn as_raw(&self) -> RawContextRef<'_> {
        RawContext_TO::from_ptr(RRef::new(self), TD_Opaque)
    }
}

// A panic that left a function of these traits would abort the process.
impl RawContext for ServerContext {
    fn setting(&self, key: RStr<'_>) -> ROption<RStr<'_>> {
        let setting = self.settings.lookup(key.as_str());
        setting
            .map(|setting| RStr::from_str(setting.value.trim()))
            .into()
    }

    fn setting_at(&self, index: usize) -> ROption<RawEntry<'_>> {
        let entry = self.settings.iter().nth(index);
        entry
            .map(|(key, setting)| RawEntry {
                key: RStr::from_str(key),
                value: RStr::from_str(setting.value.trim()),
            })
            .into()
    }

    fn models(&self) -> RVec<RawModelBox> {
        let models = catch_unwind(AssertUnwindSafe(|| self.models.models()));
        let models = models.unwrap_or_default().into_iter();
        models
            .map(|model| RawModel_TO::from_value(ModelView(model), TD_Opaque))
            .collect()
    }
}

#[derive(Debug)]
struct NoModels;

impl ModelListing for NoModels {
    fn models(&self) -> Vec<ListedModel> {
        Vec::new()
    }
}

struct ModelView(ListedModel);

impl RawModel for ModelView {
    fn name(&self) -> RStr<'_> {
        RStr::from_str(&self.0.name)
    }

    fn version(&self) -> RStr<'_> {
        RStr::from_str(&self.0.version)
    }

    fn url(&self) -> RStr<'_> {
        RStr::from_str(&self.0.url)
    }

    fn handler(&self) -> RStr<'_> {
        RStr::from_str(self.0.handler)
    }

    fn workers(&self) -> RVec<RawWorker> {
        let workers = self.0.workers.iter();
        workers
            .map(|worker| RawWorker {
                is_running: worker.is_running,
                memory_bytes: worker.memory_bytes,
            })
            .collect()
    }
}
