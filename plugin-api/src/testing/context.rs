use abi_stable::{
    sabi_trait::TD_Opaque,
    std_types::{ROption, RStr, RVec},
};

use crate::{
    Context,
    abi::{RawContext, RawEntry, RawModel, RawModel_TO, RawModelBox, RawWorker},
};

/// The server around an endpoint, with the settings and models of a test.
///
/// # Since
/// 1.0
#[derive(Clone, Debug, Default)]
pub struct TestContext {
    settings: Vec<(String, String)>,
    models: Vec<TestModel>,
}

impl TestContext {
    /// A server in which nothing is set, and without models.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same server with one more setting; a later value of a key replaces the earlier one.
    #[must_use]
    pub fn with_setting(mut self, key: impl Into<String>, value: &str) -> Self {
        let key = key.into();
        self.settings.retain(|(known, _)| *known != key);
        self.settings.push((key, value.trim().to_owned()));
        self.settings.sort();
        self
    }

    /// The same server with one more model.
    #[must_use]
    pub fn with_model(mut self, model: TestModel) -> Self {
        self.models.push(model);
        self
    }

    /// The argument of an endpoint.
    #[must_use]
    pub fn as_context(&self) -> Context<'_> {
        Context::of(self)
    }
}

impl RawContext for TestContext {
    fn setting(&self, key: RStr<'_>) -> ROption<RStr<'_>> {
        let mut settings = self.settings.iter();
        let found = settings.find(|(name, _)| name == key.as_str());
        found.map(|(_, value)| RStr::from_str(value)).into()
    }

    fn setting_at(&self, index: usize) -> ROption<RawEntry<'_>> {
        let entry = self.settings.get(index);
        entry
            .map(|(key, value)| RawEntry {
                key: RStr::from_str(key),
                value: RStr::from_str(value),
            })
            .into()
    }

    fn models(&self) -> RVec<RawModelBox> {
        let models = self.models.iter().cloned();
        models
            .map(|model| RawModel_TO::from_value(model, TD_Opaque))
            .collect()
    }
}

/// A model of a [`TestContext`].
///
/// # Since
/// 1.0
#[derive(Clone, Debug)]
pub struct TestModel {
    name: String,
    version: String,
    url: String,
    handler: String,
    workers: Vec<RawWorker>,
}

impl TestModel {
    /// Version 1.0 of a model, registered from `NAME.onnx`, with the handler `image_classifier` and
    /// without workers.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            version: "1.0".to_owned(),
            url: format!("{name}.onnx"),
            handler: "image_classifier".to_owned(),
            workers: Vec::new(),
            name,
        }
    }

    /// The same model in another version.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// The same model, registered from another url.
    #[must_use]
    pub fn with_url(mut self, url: impl Into<String>) -> Self {
        self.url = url.into();
        self
    }

    /// The same model with another handler.
    #[must_use]
    pub fn with_handler(mut self, handler: impl Into<String>) -> Self {
        self.handler = handler.into();
        self
    }

    /// The same model with one more worker that takes requests; its memory in bytes.
    #[must_use]
    pub fn with_running_worker(self, memory_bytes: u64) -> Self {
        self.with_worker(true, memory_bytes)
    }

    /// The same model with one more worker that takes no requests.
    #[must_use]
    pub fn with_stopped_worker(self) -> Self {
        self.with_worker(false, 0)
    }

    fn with_worker(mut self, is_running: bool, memory_bytes: u64) -> Self {
        self.workers.push(RawWorker {
            is_running,
            memory_bytes,
        });
        self
    }
}

impl RawModel for TestModel {
    fn name(&self) -> RStr<'_> {
        RStr::from_str(&self.name)
    }

    fn version(&self) -> RStr<'_> {
        RStr::from_str(&self.version)
    }

    fn url(&self) -> RStr<'_> {
        RStr::from_str(&self.url)
    }

    fn handler(&self) -> RStr<'_> {
        RStr::from_str(&self.handler)
    }

    fn workers(&self) -> RVec<RawWorker> {
        self.workers.as_slice().into()
    }
}
