//! A start that a signal may end.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use crate::plugins::{LoadedPlugin, Plugins};

/// Ends a start between two of its steps, and reaches the plugins that it opened. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct StartControl(Arc<Mutex<StartProgress>>);

/// The start was ended before the keys were made.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the start was ended")]
#[non_exhaustive]
pub struct Interrupted;

#[derive(Debug, Default)]
struct StartProgress {
    is_interrupted: bool,
    /// From here on there may be a key file, and the start is not interrupted.
    has_keys: bool,
    /// Weak, so that a start that fails drops its plugins, which shuts them down.
    plugins: Vec<Weak<LoadedPlugin>>,
}

impl StartControl {
    /// Ends the start before its next step. Returns false if it has begun to make keys: it goes on then.
    #[must_use]
    pub fn interrupt(&self) -> bool {
        let mut progress = self.0.lock();
        progress.is_interrupted = !progress.has_keys;
        progress.is_interrupted
    }

    /// Shuts down every plugin that was opened, first the one that may have written keys. Blocks as long as
    /// they do.
    pub fn shut_plugins_down(&self) {
        let plugins = self.0.lock().plugins.clone();
        let mut plugins: Vec<_> = plugins.iter().rev().filter_map(Weak::upgrade).collect();
        plugins.sort_by_key(|plugin| plugin.token.is_none());
        for plugin in plugins {
            plugin.lifecycle.shutdown();
        }
    }

    /// # Errors
    /// The start is to end.
    pub(super) fn check(&self) -> Result<(), Interrupted> {
        if self.0.lock().is_interrupted {
            return Err(Interrupted);
        }
        Ok(())
    }

    pub(super) fn set_plugins(&self, plugins: &Plugins) {
        self.0.lock().plugins = plugins.loaded().iter().map(Arc::downgrade).collect();
    }

    /// To be called before the keys are made.
    ///
    /// # Errors
    /// The start is to end.
    pub(super) fn begin_keys(&self) -> Result<(), Interrupted> {
        let mut progress = self.0.lock();
        if progress.is_interrupted {
            return Err(Interrupted);
        }
        progress.has_keys = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
