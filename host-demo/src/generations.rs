//! Which plugins serve: one generation after another, without a moment in between.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use arc_swap::{ArcSwap, Guard};
use parking_lot::Mutex;
use tokio::{
    sync::{OwnedRwLockReadGuard, RwLock, Semaphore},
    task::{JoinError, spawn_blocking},
};

use self::draining::Draining;
pub use self::error::{BuildError, TokenPluginFailure};
pub(crate) use self::{
    builder::{Builder, OpenedGeneration, ReadyGeneration},
    generation::Generation,
    report::{ReloadError, ReloadReport},
    watch::{FolderWatch, WatchThread},
};
use crate::telemetry::metrics::Metrics;

mod builder;
mod draining;
mod error;
mod generation;
mod key_plan;
mod report;
mod watch;

/// From here on the memory that replaced libraries keep is worth a warning.
const LIBRARIES_LEFT: u64 = 64;

/// The generation that serves, and how the next one replaces it.
#[derive(Debug)]
pub(crate) struct Generations {
    current: ArcSwap<Generation>,
    builder: Builder,
    metrics: Arc<Metrics>,
    /// Held for reading while a key is replaced, for writing while a successor takes over: a key
    /// that was replaced in between would be lost.
    rotations: Arc<RwLock<()>>,
    /// Held by the reload that runs.
    turn: Mutex<Turn>,
    /// Whether a reload that nobody waits for has yet to begin.
    is_requested: AtomicBool,
    /// Held by callers that wait for a reload, one at a time and without a thread.
    callers: Arc<Semaphore>,
    draining: Draining,
}

#[derive(Debug, Default)]
struct Turn {
    is_closed: bool,
    has_warned: bool,
}

impl Generations {
    /// The first generation serves. `builder` made it.
    pub(crate) fn new(builder: Builder, first: ReadyGeneration, metrics: Arc<Metrics>) -> Self {
        let generations = Self {
            current: ArcSwap::from_pointee(first.generation),
            builder,
            metrics,
            rotations: Arc::default(),
            turn: Mutex::default(),
            is_requested: AtomicBool::new(false),
            callers: Arc::new(Semaphore::new(1)),
            draining: Draining::default(),
        };
        generations.measure();
        generations
    }

    /// The generation that serves now, for a short look: no lock, and no count that threads share. A
    /// request looks once, so that its route and its permit come from the same plugins.
    pub(crate) fn current(&self) -> Guard<Arc<Generation>> {
        self.current.load()
    }

    /// Waits until no successor takes over, and keeps it from that: for as long as the guard is held,
    /// a key may be replaced.
    pub(crate) async fn rotation(&self) -> OwnedRwLockReadGuard<()> {
        Arc::clone(&self.rotations).read_owned().await
    }

    /// Reloads for somebody who waits for no answer; the log says what came of it. Blocks, unless
    /// another such reload has yet to begin, which sees all that this one would.
    pub(crate) fn reload_once(&self) {
        if !self.is_requested.swap(true, Ordering::AcqRel) {
            // What went wrong is in the log.
            let _ = self.reload();
        }
    }

    /// Reloads for a caller that waits for the answer, after those that came before.
    ///
    /// # Errors
    /// The reload panicked; or, within, why the old generation goes on.
    pub(crate) async fn reload_for_caller(
        self: Arc<Self>,
    ) -> Result<Result<ReloadReport, ReloadError>, JoinError> {
        // The semaphore is never closed; without a permit the reload only waits on a thread.
        let caller = Arc::clone(&self.callers).acquire_owned().await;
        let reload = move || {
            let outcome = self.reload();
            drop(caller);
            outcome
        };
        spawn_blocking(reload).await
    }

    /// Reads the plugins folder again, and lets the next generation serve. Blocks; reloads run one
    /// after another. Both outcomes are logged and counted.
    ///
    /// At every moment one generation decides about every request: the old one until the new one is
    /// complete.
    ///
    /// # Errors
    /// The old generation goes on.
    pub(crate) fn reload(&self) -> Result<ReloadReport, ReloadError> {
        let outcome = self.reload_in_turn();
        report::log(&outcome);
        if !matches!(outcome, Err(ReloadError::Ending)) {
            self.metrics.count_reload(outcome.is_ok());
        }
        outcome
    }

    /// The server ends: waits for a reload that runs, lets no other begin, and tells every plugin,
    /// unless it was told already.
    pub(crate) fn close(&self) {
        self.turn.lock().is_closed = true;
        self.draining.end_all();
        self.current.load_full().plugins.shutdown();
        self.builder.remove_copies();
    }

    /// As [`close`](Self::close), but the plugins that serve are told first, whatever a reload does
    /// meanwhile.
    pub(crate) fn close_at_once(&self) {
        self.current.load_full().plugins.shutdown();
        self.close();
    }

    fn reload_in_turn(&self) -> Result<ReloadReport, ReloadError> {
        let mut turn = self.turn.lock();
        self.is_requested.store(false, Ordering::Release);
        if turn.is_closed {
            return Err(ReloadError::Ending);
        }
        let outcome = self.replace();
        let libraries_left = self.measure();
        if libraries_left >= LIBRARIES_LEFT && !turn.has_warned {
            turn.has_warned = true;
            tracing::warn!(
                "{libraries_left} libraries of replaced plugins stay in memory, see the metric \
                 host_demo_plugin_libraries_left: restart the server when it suits"
            );
        }
        Ok(outcome?)
    }

    /// The caller holds `turn`.
    fn replace(&self) -> Result<ReloadReport, BuildError> {
        let old = self.current.load_full();
        let set = self.builder.load(Some(&old))?;
        if set.is_unchanged(&old.plugins) {
            return Ok(ReloadReport::unchanged(&old));
        }
        // No key is replaced from the hand-over until the successor serves and its predecessor has
        // let go.
        let no_rotation = self.rotations.blocking_write();
        let ReadyGeneration {
            generation,
            changes,
            replaced,
        } = self.builder.open(set, Some(&old))?.generate_keys()?;
        let number = generation.number;
        self.current.store(Arc::new(generation));
        for one in replaced.iter().filter(|one| one.is_taken_over) {
            one.plugin.lifecycle.retire();
        }
        drop(no_rotation);
        let replaced = replaced.into_iter().map(|one| one.plugin).collect();
        self.draining.add(old, replaced);
        Ok(ReloadReport {
            generation: number,
            changes,
        })
    }

    /// Updates the metrics, and returns how many libraries serve no longer.
    fn measure(&self) -> u64 {
        let serving = self.current.load();
        let libraries_left = Builder::libraries_left(&serving);
        self.metrics.set_generation(serving.number, libraries_left);
        libraries_left
    }
}
