//! The end of plugins that serve no longer.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use crate::{plugins::LoadedPlugin, request::application::Generation};

/// How long a replaced plugin may take to answer its last requests before nobody waits for it.
const LAST_REQUESTS: Duration = Duration::from_secs(60);
/// How often replaced plugins are looked at, while there are any.
const INTERVAL: Duration = Duration::from_millis(20);

/// Plugins that answer their last requests. One thread waits for all of them, so that neither a
/// reload nor a request does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replaced(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    all: Vec<Leaving>,
    has_thread: bool,
}

/// What one reload took out of service.
#[derive(Debug)]
struct Leaving {
    /// Until no request is being admitted by it.
    generation: Option<Arc<Generation>>,
    plugins: Vec<Arc<LoadedPlugin>>,
    until: Instant,
}

impl Replaced {
    /// Tells the plugins of their end after their last request.
    pub(crate) fn add(&self, generation: Arc<Generation>, plugins: Vec<Arc<LoadedPlugin>>) {
        let mut waiting = self.0.lock();
        waiting.all.push(Leaving {
            generation: Some(generation),
            plugins,
            until: Instant::now() + LAST_REQUESTS,
        });
        if waiting.has_thread {
            return;
        }
        let this = self.clone();
        let thread = thread::Builder::new().name("replaced".to_owned());
        match thread.spawn(move || {
            while this.end_idle() {
                thread::sleep(INTERVAL);
            }
        }) {
            Ok(_) => waiting.has_thread = true,
            Err(error) => {
                tracing::warn!("replaced plugins end without waiting for their requests: {error}");
                waiting.end(|_| true);
            }
        }
    }

    /// The server ends: nobody is waited for.
    pub(crate) fn end_all(&self) {
        self.0.lock().end(|_| true);
    }

    /// Ends those that are idle, and says whether there are others. The lock is held meanwhile: who
    /// finds nobody here knows that all were told.
    fn end_idle(&self) -> bool {
        let mut waiting = self.0.lock();
        waiting.end(Leaving::is_over);
        waiting.has_thread = !waiting.all.is_empty();
        waiting.has_thread
    }
}

impl Waiting {
    fn end(&mut self, is_over: impl Fn(&mut Leaving) -> bool) {
        for leaving in self.all.extract_if(.., |leaving| is_over(leaving)) {
            for plugin in &leaving.plugins {
                plugin.lifecycle.shutdown();
            }
        }
    }
}

impl Leaving {
    fn is_over(&mut self) -> bool {
        if self.is_idle() {
            return true;
        }
        let is_late = Instant::now() >= self.until;
        if is_late {
            tracing::warn!("a replaced plugin still answers requests after {LAST_REQUESTS:?}");
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
        // The generation knows the endpoints too.
        self.generation = None;
        self.plugins.iter().all(|plugin| is_idle(plugin))
    }
}

fn is_idle(plugin: &LoadedPlugin) -> bool {
    let mut endpoints = plugin.endpoints.iter();
    endpoints.all(|endpoint| Arc::strong_count(endpoint) == 1)
}
