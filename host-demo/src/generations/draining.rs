//! Replaced plugins finish their last requests, and then they are shut down.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use host_sync::{Leaving, LeavingList};

use super::{generation::Generation, key_file::KeyFileInPlace};
use crate::plugins::{LoadedPlugin, ReplacedPlugin};

#[cfg(test)]
mod tests;

/// How long a replaced plugin may take to finish its last requests before it is no longer waited for.
const LAST_REQUESTS_MAX: Duration = Duration::from_secs(60);
/// How often replaced plugins are checked, while there are any.
const INTERVAL: Duration = Duration::from_millis(20);

/// The plugins that one reload replaced.
#[derive(Debug)]
pub(crate) struct DrainingPlugins {
    /// Kept until no request is being admitted by it.
    generation: Option<Arc<Generation>>,
    plugins: Vec<ReplacedPlugin>,
    /// Of their successor; they must leave it alone.
    key_file: Option<KeyFileInPlace>,
    until: Instant,
}

/// Ends the plugins in the list after their last requests, on one thread for all of them, so that neither
/// a reload nor a request waits.
pub(crate) fn watch(list: &Arc<LeavingList<DrainingPlugins>>) {
    if !list.begin_watch() {
        return;
    }
    let of_the_thread = Arc::clone(list);
    let thread = thread::Builder::new().name("draining".to_owned());
    let spawned = thread.spawn(move || {
        while of_the_thread.end_over() {
            thread::sleep(INTERVAL);
        }
    });
    if let Err(error) = spawned {
        tracing::warn!(
            "replaced plugins are shut down without waiting for their requests: {error}"
        );
        list.give_up_watch();
    }
}

impl Leaving for DrainingPlugins {
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

    fn end(mut self) {
        for one in &self.plugins {
            let ReplacedPlugin {
                plugin,
                is_taken_over,
            } = one;
            if *is_taken_over {
                // Its reload does this, and has not come so far where the server ends meanwhile.
                plugin.lifecycle.retire();
            } else {
                plugin.lifecycle.shutdown();
            }
            let is_there = |file: &KeyFileInPlace| file.check_after(plugin);
            self.key_file = self.key_file.take().filter(is_there);
        }
    }
}

impl DrainingPlugins {
    /// What `generation` had and its successor has not.
    pub(crate) fn new(
        generation: Arc<Generation>,
        plugins: Vec<ReplacedPlugin>,
        key_file: Option<KeyFileInPlace>,
    ) -> Self {
        Self {
            generation: Some(generation),
            plugins,
            key_file,
            until: Instant::now() + LAST_REQUESTS_MAX,
        }
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
        self.plugins.iter().all(|one| is_idle(&one.plugin))
    }
}

fn is_idle(plugin: &LoadedPlugin) -> bool {
    let mut endpoints = plugin.endpoints.iter();
    endpoints.all(|endpoint| Arc::strong_count(endpoint) == 1)
}
