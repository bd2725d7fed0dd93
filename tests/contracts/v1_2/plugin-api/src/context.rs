use std::fmt;

use abi_stable::std_types::RStr;

use crate::abi::{RawContext, RawContextRef, RawEntry, RawModelBox};

/// The server around an endpoint: its configuration without secrets, and its models.
///
/// # Source
/// TorchServe SDK `org.pytorch.serve.servingsdk.Context`, whose `getConfig` also hands out passwords.
///
/// # Since
/// 1.0
#[derive(Clone, Copy)]
pub struct Context<'a> {
    raw: &'a (dyn RawContext + 'a),
}

impl<'a> Context<'a> {
    /// Wraps what crossed the boundary.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(raw: &'a RawContextRef<'_>) -> Self {
        Self { raw }
    }

    /// Wraps what has not crossed it.
    #[cfg(feature = "testing")]
    pub(crate) const fn of(raw: &'a (dyn RawContext + 'a)) -> Self {
        Self { raw }
    }

    /// The value of a setting, as in config.properties. `None` if it is not set, even if the server has a
    /// default for it.
    #[must_use]
    pub fn setting(&self, key: &str) -> Option<&'a str> {
        self.raw
            .setting(RStr::from_str(key))
            .into_option()
            .map(|value| value.as_str())
    }

    /// All settings, by name.
    pub fn settings(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let raw = self.raw;
        (0..).map_while(move |index| {
            let RawEntry { key, value } = raw.setting_at(index).into_option()?;
            Some((key.as_str(), value.as_str()))
        })
    }

    /// The models at this moment, by name; of each the version that answers when a request names none.
    #[must_use]
    pub fn models(&self) -> Vec<Model> {
        self.raw
            .models()
            .into_iter()
            .map(|raw| Model { raw })
            .collect()
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Context").finish_non_exhaustive()
    }
}

/// One version of a model.
///
/// # Source
/// TorchServe SDK `org.pytorch.serve.servingsdk.Model`.
///
/// # Since
/// 1.0
pub struct Model {
    raw: RawModelBox,
}

impl Model {
    /// The name it is predicted with.
    #[must_use]
    pub fn name(&self) -> &str {
        self.raw.name().as_str()
    }

    /// Its version, such as `1.0`.
    #[must_use]
    pub fn version(&self) -> &str {
        self.raw.version().as_str()
    }

    /// The url it was registered from.
    #[must_use]
    pub fn url(&self) -> &str {
        self.raw.url().as_str()
    }

    /// What turns requests into predictions, such as `image_classifier`.
    #[must_use]
    pub fn handler(&self) -> &str {
        self.raw.handler().as_str()
    }

    /// Whether any of its workers takes requests.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.raw.workers().iter().any(|worker| worker.is_running)
    }

    /// Its workers.
    #[must_use]
    pub fn workers(&self) -> Vec<Worker> {
        let workers = self.raw.workers().into_iter();
        workers
            .map(|raw| Worker {
                is_running: raw.is_running,
                memory_bytes: raw.memory_bytes,
            })
            .collect()
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Model")
            .field("name", &self.name())
            .field("version", &self.version())
            .finish_non_exhaustive()
    }
}

/// One worker of a model.
///
/// # Source
/// TorchServe SDK `org.pytorch.serve.servingsdk.Worker`.
///
/// # Since
/// 1.0
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Worker {
    /// Whether it takes requests.
    pub is_running: bool,
    /// Memory of its own, in bytes; 0 where the host does not know.
    pub memory_bytes: u64,
}
