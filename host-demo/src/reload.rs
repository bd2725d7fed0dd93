//! A new generation of plugins takes over while the server runs.

use std::{path::PathBuf, sync::Arc, thread, time::Duration};

use parking_lot::Mutex;

use crate::{
    application::{Application, Generation},
    auth::Authorizer,
    config::ExemptPaths,
    plugins::{LoadedPlugin, Loader, Outcome, PluginLoadError, Successor},
};

/// How long a replaced plugin may take to answer its last requests before nobody waits for it.
const LAST_REQUESTS: Duration = Duration::from_secs(60);
/// How often a replaced plugin is looked at.
const LAST_REQUESTS_INTERVAL: Duration = Duration::from_millis(20);

/// Makes the next generation.
#[derive(Debug)]
pub(crate) struct Reloader {
    loader: Loader,
    expiration_min: f64,
    exempt_paths: ExemptPaths,
    /// Whether a reload may take the token plugin away.
    allow_open: bool,
    one_at_a_time: Mutex<()>,
}

/// What a reload did.
#[derive(Debug)]
pub(crate) struct Report {
    /// The generation that serves now.
    pub(crate) generation: u64,
    /// What became of each file.
    pub(crate) files: Vec<(PathBuf, Outcome)>,
}

/// Why the old generation goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ReloadError {
    /// A file, or a plugin, is not good.
    #[error(transparent)]
    Plugin(#[from] PluginLoadError),
    /// Without it the server would be open.
    #[error(
        "the token plugin {} is gone, and without it the server would be open: put it back, or start \
         the server with --allow-open-reload", file.display()
    )]
    TokenPluginGone {
        /// Where it was.
        file: PathBuf,
    },
}

impl Reloader {
    pub(crate) const fn new(
        loader: Loader,
        expiration_min: f64,
        exempt_paths: ExemptPaths,
        allow_open: bool,
    ) -> Self {
        Self {
            loader,
            expiration_min,
            exempt_paths,
            allow_open,
            one_at_a_time: Mutex::new(()),
        }
    }

    /// The server ends: nothing is loaded any more.
    pub(crate) fn close(&self) {
        self.loader.remove_copies();
    }

    /// Reads the plugins folder again and puts the next generation in place. Blocks; reloads run one
    /// after another.
    ///
    /// At every moment one generation decides about every request: the old one until the new one is
    /// complete.
    ///
    /// # Errors
    /// The old generation goes on.
    pub(crate) fn reload(&self, application: &Application) -> Result<Report, ReloadError> {
        let _reload = self.one_at_a_time.lock();
        let old = application.generation.load_full();
        let prepared = self.loader.prepare(&old.plugins)?;
        if prepared.is_unchanged(&old.plugins) {
            let files = old.plugins.loaded().iter();
            let files = files
                .map(|one| (one.identity.file.clone(), Outcome::Unchanged))
                .collect();
            return Ok(Report {
                generation: old.number,
                files,
            });
        }
        let (number, successor) = {
            // No key is replaced from the hand-over until the successor is in place.
            let _no_rotation = application.rotations.blocking_write();
            let number = old.number + 1;
            let successor = prepared.open(&self.loader, &old.plugins, number)?;
            self.start_keys(&old, &successor)?;
            let Successor {
                plugins,
                outcomes,
                replaced,
            } = successor;
            let authorizer =
                Authorizer::new(plugins.token_plugin().cloned(), self.exempt_paths.clone());
            let generation = Arc::new(Generation {
                number,
                plugins,
                authorizer,
            });
            application.generation.store(generation);
            (number, (outcomes, replaced))
        };
        let (files, replaced) = successor;
        retire(old, replaced);
        Ok(Report {
            generation: number,
            files,
        })
    }

    /// A token plugin that did not go on with the old keys makes new ones before it decides.
    fn start_keys(&self, old: &Generation, successor: &Successor) -> Result<(), ReloadError> {
        let old_plugin = old.plugins.token_plugin();
        let Some(new) = successor.plugins.token_plugin() else {
            return match old.plugins.token_owner() {
                Some(plugin) if !self.allow_open => Err(ReloadError::TokenPluginGone {
                    file: plugin.identity.file.clone(),
                }),
                Some(_) => {
                    tracing::warn!(
                        "the token plugin is gone: everybody who reaches the server may use it now"
                    );
                    Ok(())
                }
                None => Ok(()),
            };
        };
        if old_plugin.is_some_and(|old| Arc::ptr_eq(old, new)) {
            return Ok(());
        }
        new.set_time(self.expiration_min)?;
        if new.took_over() {
            return Ok(());
        }
        let fresh = new.generate_keys();
        // A build of the same plugin that refuses the old state may need what the old one holds.
        let fresh = match (fresh, old.plugins.token_owner()) {
            (Err(_), Some(twin)) if twin.identity.name == new.name() => {
                twin.owner.shutdown();
                new.generate_keys()
            }
            (fresh, _) => fresh,
        };
        fresh?;
        if old_plugin.is_some() {
            tracing::warn!("the new token plugin took no keys over: it starts with fresh ones");
        }
        Ok(())
    }
}

/// Tells replaced plugins of their end: at once where a successor has their state, otherwise after
/// their last request, on a thread of its own.
fn retire(old: Arc<Generation>, replaced: Vec<(Arc<LoadedPlugin>, bool)>) {
    for (plugin, _) in replaced
        .iter()
        .filter(|(_, was_taken_over)| *was_taken_over)
    {
        plugin.owner.retire();
    }
    let waiting = thread::Builder::new()
        .name("retire".to_owned())
        .spawn(move || {
            let is_last = wait_until(|| Arc::strong_count(&old) == 1);
            drop(old);
            let is_idle =
                is_last && wait_until(|| replaced.iter().all(|(plugin, _)| is_idle(plugin)));
            if !is_idle {
                tracing::warn!("a replaced plugin still answers requests after {LAST_REQUESTS:?}");
            }
            for (plugin, _) in &replaced {
                plugin.owner.shutdown();
            }
        });
    if let Err(error) = waiting {
        tracing::warn!("replaced plugins end without a thread of their own: {error}");
    }
}

fn is_idle(plugin: &LoadedPlugin) -> bool {
    plugin
        .endpoints
        .iter()
        .all(|endpoint| Arc::strong_count(endpoint) == 1)
}

fn wait_until(is_true: impl Fn() -> bool) -> bool {
    let rounds = LAST_REQUESTS.as_millis() / LAST_REQUESTS_INTERVAL.as_millis();
    (0..rounds).any(|_| {
        let done = is_true();
        if !done {
            thread::sleep(LAST_REQUESTS_INTERVAL);
        }
        done
    })
}
