//! The settings as one plugin sees them, and what it has read of them.

use std::{collections::BTreeMap, sync::Arc};

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use crate::config::{Setting, Settings};

/// The settings of one plugin. A plugin that has read a value that is no longer in force is opened
/// again at the next reload.
#[derive(Debug)]
pub(crate) struct PluginSettings {
    in_force: ArcSwap<Settings>,
    /// What it found for each key that it looked up.
    read: Mutex<BTreeMap<String, Option<String>>>,
}

impl PluginSettings {
    pub(crate) fn new(settings: Arc<Settings>) -> Self {
        Self {
            in_force: ArcSwap::new(settings),
            read: Mutex::default(),
        }
    }

    /// The value for a key, for the plugin.
    pub(crate) fn read(&self, key: &str) -> Option<Setting> {
        let mut read = self.read.lock();
        let setting = self.in_force.load().lookup(key).cloned();
        let value = setting.as_ref().map(|setting| setting.value.clone());
        read.insert(key.to_owned(), value);
        setting
    }

    /// The keys that the plugin has read so far.
    pub(crate) fn keys_read(&self) -> Vec<String> {
        self.read.lock().keys().cloned().collect()
    }

    /// Whether everything that the plugin has read is the same in these settings.
    pub(crate) fn agree_with(&self, settings: &Settings) -> bool {
        let read = self.read.lock();
        read.iter().all(|(key, value)| {
            let now = settings.lookup(key).map(|setting| setting.value.trim());
            now == value.as_deref().map(str::trim)
        })
    }

    /// From now on the plugin finds these.
    pub(crate) fn replace(&self, settings: &Arc<Settings>) {
        self.in_force.store(Arc::clone(settings));
    }
}

#[cfg(test)]
mod tests;
