//! Replaced plugins finish their last requests, and then they are shut down.

use std::{
    mem,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use super::{generation::Generation, key_file::KeyFileInPlace};
use crate::plugins::LoadedPlugin;

#[cfg(test)]
mod tests;

/// How long a replaced plugin may take to finish its last requests before it is no longer waited for.
const LAST_REQUESTS_MAX: Duration = Duration::from_secs(60);
/// How often replaced plugins are checked, while there are any.
const INTERVAL: Duration = Duration::from_millis(20);

/// The plugins that finish their last requests. One thread waits for all of them, so that neither a
/// reload nor a request does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draining(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Held while plugins are shut down: once it is acquired, all plugins that are no longer in the
    /// list are shut down. No reload and no request waits for it.
    ending: Mutex<()>,
    /// Never held while code of a plugin runs. Locked after `ending`.
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    all: Vec<DrainingPlugins>,
    has_thread: bool,
}

/// The plugins that one reload replaced.
#[derive(Debug)]
struct DrainingPlugins {
    /// Kept until no request is being admitted by it.
    generation: Option<Arc<Generation>>,
    plugins: Vec<Arc<LoadedPlugin>>,
    /// Of their successor; they must leave it alone.
    key_file: Option<KeyFileInPlace>,
    until: Instant,
}

impl Draining {
    /// Shuts the plugins down after their last request.
    pub(crate) fn add(
        &self,
        generation: Arc<Generation>,
        plugins: Vec<Arc<LoadedPlugin>>,
        key_file: Option<KeyFileInPlace>,
    ) {
        let mut waiting = self.0.waiting.lock();
        waiting.all.push(DrainingPlugins {
            generation: Some(generation),
            plugins,
            key_file,
            until: Instant::now() + LAST_REQUESTS_MAX,
        });
        if waiting.has_thread {
            return;
        }
        let this = self.clone();
        let thread = thread::Builder::new().name("draining".to_owned());
        let spawned = thread.spawn(move || {
            while this.end_idle() {
                thread::sleep(INTERVAL);
            }
        });
        waiting.has_thread = spawned.is_ok();
        drop(waiting);
        if let Err(error) = spawned {
            tracing::warn!(
                "replaced plugins are shut down without waiting for their requests: {error}"
            );
            self.end_all();
        }
    }

    /// Shuts all plugins down without waiting for their requests. When this returns, every plugin that
    /// was added is shut down.
    pub(crate) fn end_all(&self) {
        let _ending = self.0.ending.lock();
        self.end(|_| true);
    }

    /// Shuts down the idle ones, and returns whether there are others.
    fn end_idle(&self) -> bool {
        let _ending = self.0.ending.lock();
        self.end(DrainingPlugins::is_over);
        let mut waiting = self.0.waiting.lock();
        waiting.has_thread = !waiting.all.is_empty();
        waiting.has_thread
    }

    /// The caller holds `ending`.
    fn end(&self, is_over: impl Fn(&mut DrainingPlugins) -> bool) {
        let mut all = mem::take(&mut self.0.waiting.lock().all);
        for mut over in all.extract_if(.., |one| is_over(one)) {
            for plugin in &over.plugins {
                plugin.lifecycle.shutdown();
                let is_there = |file: &KeyFileInPlace| file.check_after(plugin);
                over.key_file = over.key_file.take().filter(is_there);
            }
        }
        self.0.waiting.lock().all.append(&mut all);
    }
}

impl DrainingPlugins {
    fn is_over(&mut self) -> bool {
        if self.is_idle() {
            return true;
        }
        let is_late = Instant::now() >= self.until;
        if is_late {
            tracing::warn!("a replaced plugin still serves requests after {LAST_REQUESTS_MAX:?}");
        }
        is_late
    }

    fn is_idle(&mut self) -> bool {
        if self
            .generation
            .as_ref()
            .is_some_and(|it| Arc::strong_count(it) > 1)
        {
            return false;
        }
        // The generation holds references to the endpoints, too.
        self.generation = None;
        self.plugins.iter().all(|plugin| is_idle(plugin))
    }
}

fn is_idle(plugin: &LoadedPlugin) -> bool {
    let mut endpoints = plugin.endpoints.iter();
    endpoints.all(|endpoint| Arc::strong_count(endpoint) == 1)
}
