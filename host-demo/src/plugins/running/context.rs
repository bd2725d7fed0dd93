//! The server around an endpoint, as a plugin sees it.

use std::{
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

use crate::{
    backend::models::{HANDLER, ModelDescription, ModelRegistry},
    config::Settings,
};

/// Configuration without secrets, and the models.
#[derive(Clone, Debug)]
pub(crate) struct ServerContext {
    settings: Arc<Settings>,
    models: Arc<ModelRegistry>,
}

impl ServerContext {
    pub(crate) const fn new(settings: Arc<Settings>, models: Arc<ModelRegistry>) -> Self {
        Self { settings, models }
    }

    pub(crate) fn as_raw(&self) -> RawContextRef<'_> {
        RawContext_TO::from_ptr(RRef::new(self), TD_Opaque)
    }
}

// A panic that left a function of these traits would end the process.
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
        let models = catch_unwind(AssertUnwindSafe(|| self.models.list()));
        let models = models.unwrap_or_default().into_iter();
        models
            .map(|model| RawModel_TO::from_value(ModelView(model), TD_Opaque))
            .collect()
    }
}

struct ModelView(ModelDescription);

impl RawModel for ModelView {
    fn name(&self) -> RStr<'_> {
        RStr::from_str(self.0.name.as_str())
    }

    fn version(&self) -> RStr<'_> {
        RStr::from_str(self.0.version.as_str())
    }

    fn url(&self) -> RStr<'_> {
        RStr::from_str(self.0.url.as_str())
    }

    fn handler(&self) -> RStr<'_> {
        RStr::from_str(HANDLER)
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
