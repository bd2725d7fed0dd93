//! Which plugins serve, with which settings. A generation replaces the last one atomically.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::Guard;
pub(crate) use host_sync::ReloadScope;
use host_sync::{OnceFlag, Succession, Turn};
use tokio::sync::Semaphore;

pub(crate) use self::{
    builder::{Builder, ConfigInForce, OpenedGeneration, ReadyGeneration},
    followers::ConfigFollowers,
    generation::{Generation, ServingSettings},
    report::{ReloadError, ReloadReport},
    rotations::Rotation,
    watch::{FolderWatch, WatchThread},
};
use self::{
    draining::DrainingPlugins, key_file::KeyFileInPlace, proxy_change::ProxyChange,
    read_config::ReadConfig, rotations::Rotations,
};
pub use self::{
    error::{BuildError, TokenPluginFailure},
    rotations::RotationRuns,
};
use crate::{
    blocking::{BlockingError, BlockingThreads},
    config::ConfigSource,
    plugins::PluginLoadError,
    telemetry::metrics::{Limit, Metrics},
};

mod builder;
mod draining;
mod error;
mod followers;
mod generation;
mod key_file;
mod key_plan;
mod proxy_change;
mod read_config;
mod report;
mod rotations;
mod watch;

/// Replaced libraries that stay in memory, from which on there is one warning.
const LIBRARIES_LEFT: u64 = 64;

/// How long the end at once waits for a generation that makes its keys.
const TAKE_OVER_AWAITED_MAX: Duration = Duration::from_millis(500);

/// The generation that serves, and how the next one replaces it.
#[derive(Debug)]
pub(crate) struct Generations {
    succession: Succession<Generation, DrainingPlugins>,
    builder: Builder,
    source: ConfigSource,
    followers: ConfigFollowers,
    metrics: Arc<Metrics>,
    rotations: Rotations,
    /// Held by one caller of [`reload_for_caller`](Self::reload_for_caller) at a time; the others wait
    /// without blocking a thread.
    callers: Arc<Semaphore>,
    /// For those reloads.
    threads: BlockingThreads,
    has_warned_of_libraries: OnceFlag,
    /// Whether the plugins that serve are being shut down.
    is_ending: Arc<OnceFlag>,
}

impl Generations {
    /// Lets the first generation serve, which `builder` made. A reload reads the configuration from
    /// `source` again.
    pub(crate) fn new(
        builder: Builder,
        source: ConfigSource,
        first: ReadyGeneration,
        followers: ConfigFollowers,
        metrics: Arc<Metrics>,
        threads: BlockingThreads,
    ) -> Self {
        let generations = Self {
            succession: Succession::new(first.generation),
            builder,
            source,
            followers,
            metrics,
            rotations: Rotations::default(),
            callers: Arc::new(Semaphore::new(1)),
            threads,
            has_warned_of_libraries: OnceFlag::new(),
            is_ending: Arc::default(),
        };
        generations.measure();
        generations
    }

    /// The generation that serves now. This takes no lock, and the guard is to be held briefly. A
    /// request calls it once, so that its route and its permit come from the same plugins.
    pub(crate) fn current(&self) -> Guard<Arc<Generation>> {
        self.succession.current()
    }

    /// Waits for a generation that is taking over. While the guard is held, no other takes over, and
    /// keys may be replaced.
    pub(crate) async fn rotation(&self) -> Rotation {
        self.rotations.begin().await
    }

    /// Reloads and logs the outcome. Blocks. Does nothing if another call of this function waits for
    /// its turn with this scope: that reload sees the same changes.
    pub(crate) fn reload_once(&self, scope: ReloadScope) {
        if self.succession.ask(scope) {
            // The outcome is in the log.
            let _ = self.reload(scope);
        }
    }

    /// Reloads everything for a caller that needs the outcome, after the callers before it.
    ///
    /// # Errors
    /// The outer one: the reload did not begin, or panicked. The inner one: the old generation continues to serve.
    pub(crate) async fn reload_for_caller(
        self: Arc<Self>,
    ) -> Result<Result<ReloadReport, ReloadError>, BlockingError> {
        // The semaphore is never closed. Without a permit the reload would wait on a blocked thread.
        let caller = Arc::clone(&self.callers).acquire_owned().await;
        let threads = self.threads.clone();
        let reload = move || {
            let outcome = self.reload(ReloadScope::Everything);
            drop(caller);
            outcome
        };
        threads.run(reload).await
    }

    /// Reads the configuration and the files that it names, if that is in the scope, and the plugins folder again, and
    /// lets the next generation serve. Blocks; reloads run one after another. The outcome is logged and counted.
    ///
    /// At every moment one generation decides about every request: the old one until the new one is
    /// complete.
    ///
    /// # Errors
    /// The old generation continues to serve.
    pub(crate) fn reload(&self, scope: ReloadScope) -> Result<ReloadReport, ReloadError> {
        let outcome = self.reload_in_turn(scope);
        report::log(&outcome);
        if !matches!(outcome, Err(ReloadError::Ending(_))) {
            self.metrics.plugins().count_reload(outcome.is_ok());
        }
        if let Err(ReloadError::Build(error)) = &outcome {
            self.count_refusal(error);
        }
        outcome
    }

    /// Ends all plugins for the shutdown of the server: prevents reloads, waits until the given time for one
    /// that runs, and shuts down every plugin that is not shut down yet. Returns whether no reload runs.
    pub(crate) fn close(&self, until: Instant) -> bool {
        let is_closed = self.succession.close(until, |last| self.end(last));
        if !is_closed {
            self.close_at_once();
        }
        is_closed
    }

    /// Shuts down every plugin that is not shut down yet, without waiting for a running reload.
    pub(crate) fn close_at_once(&self) {
        self.succession
            .close_at_once(TAKE_OVER_AWAITED_MAX, |last| self.end(last));
    }

    /// Shuts down the plugins that serve, first the one that checks keys, which deletes the key file: another
    /// one may hang.
    fn end(&self, last: &Generation) {
        let _ = self.is_ending.set();
        if let Some(token_plugin) = last.plugins.loaded_token_plugin() {
            token_plugin.lifecycle.shutdown();
        }
        self.builder.remove_copies();
        if let Some(proxy) = &last.settings.proxy {
            proxy.stop_probes();
        }
        last.plugins.shutdown();
    }

    fn reload_in_turn(&self, scope: ReloadScope) -> Result<ReloadReport, ReloadError> {
        let turn = self.succession.begin(scope)?;
        let outcome = self.replace(&turn, scope);
        let libraries_left = self.measure();
        if libraries_left >= LIBRARIES_LEFT && self.has_warned_of_libraries.set() {
            tracing::warn!(
                "{libraries_left} libraries of replaced plugins stay in memory, see the metric \
                 host_demo_plugin_libraries_left: restart the server when it suits"
            );
        }
        outcome
    }

    fn replace(
        &self,
        turn: &Turn<'_, Generation, DrainingPlugins>,
        scope: ReloadScope,
    ) -> Result<ReloadReport, ReloadError> {
        let old = turn.current();
        let read = ReadConfig::read(scope, &old.settings.config, &self.source);
        let next = read.as_ref().map(|read| &read.config);
        let files = match scope {
            // A configuration that cannot be used does not keep a new certificate from being used.
            ReloadScope::Everything => self.followers.read(next.unwrap_or(&old.settings.config)),
            ReloadScope::Plugins => Ok(None),
        };
        let ReadConfig {
            config,
            changed,
            waiting,
        } = read?;
        let files = files?;
        let proxy = ProxyChange::read(scope, &config, &old)?;
        let set = self.builder.load(&config, Some(&old))?;
        if set.is_unchanged(&old.plugins) && changed.is_empty() && proxy.is_none() {
            return Ok(ReloadReport::unchanged(&old, waiting));
        }
        proxy.begin()?;
        let in_force = ConfigInForce {
            config,
            proxy: proxy.next.clone(),
            changed,
        };
        // No key is replaced between the hand-over and the retirement of the predecessor.
        let rotation_max = in_force.config.plugin_opening.time_limit;
        let pause = || self.rotations.pause(rotation_max);
        let (opened, no_rotation) = self.builder.open_next(in_force, set, &old, pause)?;
        let (generation, (changes, replaced, mut key_file)) = turn.take_over(|| {
            let ReadyGeneration {
                generation,
                changes,
                replaced,
            } = opened.generate_keys()?;
            let key_file =
                KeyFileInPlace::found(&generation.settings.config.settings, &self.is_ending);
            let leaving =
                DrainingPlugins::new(Arc::clone(&old), replaced.clone(), key_file.clone());
            Ok::<_, ReloadError>((generation, leaving, (changes, replaced, key_file)))
        })?;
        self.followers.follow(&generation.settings.config, files);
        for plugin in generation.plugins.loaded() {
            plugin
                .settings
                .replace(&generation.settings.config.settings);
        }
        for one in replaced.iter().filter(|one| one.is_taken_over) {
            one.plugin.lifecycle.retire();
            key_file = key_file.filter(|file| file.check_after(&one.plugin));
        }
        drop(no_rotation);
        proxy.complete();
        // Until here they were not idle.
        drop((old, replaced));
        draining::watch(self.succession.leaving());
        Ok(ReloadReport {
            generation: generation.number,
            changes,
            changed_settings: generation.changed_settings.clone(),
            waiting_settings: waiting,
        })
    }

    fn count_refusal(&self, error: &BuildError) {
        if error.is_timeout() {
            self.metrics.count_limit(Limit::PluginOpen);
        }
        if matches!(error, BuildError::Plugin(PluginLoadError::Probe { .. })) {
            self.metrics.plugins().count_probe_refusal();
        }
    }

    /// Updates the metrics, and returns how many libraries no longer serve.
    fn measure(&self) -> u64 {
        let serving = self.succession.current();
        let libraries_left = Builder::libraries_left(&serving);
        self.metrics
            .plugins()
            .set_generation(serving.number, libraries_left);
        self.metrics
            .plugins()
            .set_open_threads_left(Builder::open_threads_left());
        libraries_left
    }
}
