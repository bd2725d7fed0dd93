//! A new generation of plugins takes over while the server runs.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::draining::Replaced;
use crate::{
    config::ExemptPaths,
    plugins::{
        Loader, OpenedSet, PluginChange, PluginLoadError, Plugins, ReplacedPlugin, TokenPluginError,
    },
    policy::Authorizer,
    request::application::{Application, Generation},
};

/// From here on the memory that replaced libraries keep is worth a warning.
const LIBRARIES_LEFT: u64 = 64;

/// Makes the next generation.
#[derive(Debug)]
pub(crate) struct Reloader {
    loader: Loader,
    expiration_min: f64,
    exempt_paths: ExemptPaths,
    /// Whether a reload may take the token plugin away.
    allow_open: bool,
    /// Held by the reload that runs.
    turn: Mutex<Turn>,
    /// Whether somebody whom nobody answers waits for his turn.
    is_waited_for: AtomicBool,
    /// Held by callers over HTTP, who wait for it without a thread.
    callers: Arc<Semaphore>,
    replaced: Replaced,
}

#[derive(Debug, Default)]
struct Turn {
    is_closed: bool,
    has_warned: bool,
}

/// What a reload did.
#[derive(Debug)]
pub(crate) struct Report {
    /// The generation that serves now.
    pub(crate) generation: u64,
    /// What became of each file.
    pub(crate) files: Vec<(PathBuf, PluginChange)>,
}

/// Why the old generation goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ReloadError {
    /// A file, or a plugin, is not good.
    #[error(transparent)]
    Plugin(#[from] PluginLoadError),
    /// The token plugin fails.
    #[error("plugin {}: {reason}", file.display())]
    TokenPlugin {
        /// Where it is.
        file: PathBuf,
        /// The function, and the plugin's words.
        reason: TokenPluginError,
    },
    /// Without it the server would be open.
    #[error(
        "the token plugin {} is gone, and without it the server would be open: put it back, or start \
         the server with --allow-open-reload", file.display()
    )]
    TokenPluginGone {
        /// Where it was.
        file: PathBuf,
    },
    /// The old token plugin had to let go of what the new build needs, which then failed.
    #[error(
        "the new build refused the keys of the old one, which has ended, and made none: every \
         request is denied until a reload succeeds"
    )]
    NoKeys(#[source] Box<Self>),
    /// A reload would undo what the end does.
    #[error("the server ends")]
    Ending,
}

impl Reloader {
    pub(crate) fn new(
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
            turn: Mutex::default(),
            is_waited_for: AtomicBool::new(false),
            callers: Arc::new(Semaphore::new(1)),
            replaced: Replaced::default(),
        }
    }

    /// The server ends: waits for a reload that runs, lets no other begin, and tells the plugins
    /// that were replaced and still wait for their end.
    pub(crate) fn close(&self) {
        self.turn.lock().is_closed = true;
        self.replaced.end_all();
    }

    /// Removes the files that the plugins were loaded from.
    pub(crate) fn remove_copies(&self) {
        self.loader.remove_copies();
    }

    /// Whether another reload is of any use: not if one has yet to begin, which sees all that this
    /// one would.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.is_waited_for.swap(true, Ordering::AcqRel)
    }

    /// Waits until no other caller over HTTP reloads.
    pub(crate) async fn caller(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.callers).acquire_owned().await.ok()
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
        let mut turn = self.turn.lock();
        self.is_waited_for.store(false, Ordering::Release);
        if turn.is_closed {
            return Err(ReloadError::Ending);
        }
        let outcome = self.replace(application);
        let serving = application.generation.load();
        let libraries_left = Loader::libraries_left(&serving.plugins);
        application
            .metrics
            .set_generation(serving.number, libraries_left);
        if libraries_left >= LIBRARIES_LEFT && !turn.has_warned {
            turn.has_warned = true;
            tracing::warn!(
                "{libraries_left} libraries of replaced plugins stay in memory, see the metric \
                 host_demo_plugin_libraries_left: restart the server when it suits"
            );
        }
        outcome
    }

    fn replace(&self, application: &Application) -> Result<Report, ReloadError> {
        let old = application.generation.load_full();
        let set = self.loader.load(&old.plugins)?;
        if set.is_unchanged(&old.plugins) {
            let files = old.plugins.loaded().iter();
            return Ok(Report {
                generation: old.number,
                files: files
                    .map(|one| (one.identity.file.clone(), PluginChange::Unchanged))
                    .collect(),
            });
        }
        // No key is replaced from the hand-over until the successor is in place and its predecessor
        // has let go.
        let no_rotation = application.rotations.blocking_write();
        let number = old.number + 1;
        let opened = self.loader.open(set, &old.plugins, number)?;
        self.start_keys(&old, &opened.plugins)?;
        let OpenedSet {
            plugins,
            mut changes,
            replaced,
        } = opened;
        let authorizer =
            Authorizer::new(plugins.token_plugin().cloned(), self.exempt_paths.clone());
        application.generation.store(Arc::new(Generation {
            number,
            plugins,
            authorizer,
        }));
        for ReplacedPlugin { plugin, .. } in replaced.iter().filter(|one| one.is_taken_over) {
            plugin.lifecycle.retire();
        }
        drop(no_rotation);
        let replaced = replaced.into_iter().map(|one| one.plugin).collect();
        self.replaced.add(old, replaced);
        changes.sort_by(|(left, _), (right, _)| left.cmp(right));
        Ok(Report {
            generation: number,
            files: changes,
        })
    }

    /// A token plugin that did not go on with the old keys makes new ones before it decides.
    fn start_keys(&self, old: &Generation, plugins: &Plugins) -> Result<(), ReloadError> {
        let old_loaded = old.plugins.loaded_token_plugin();
        let Some(new) = plugins.loaded_token_plugin() else {
            return match old_loaded {
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
        if old_loaded.is_some_and(|old| Arc::ptr_eq(old, new)) {
            return Ok(());
        }
        let failed = |reason| ReloadError::TokenPlugin {
            file: new.identity.file.clone(),
            reason,
        };
        let Some(token) = &new.token else {
            return Ok(());
        };
        token.set_time(self.expiration_min).map_err(failed)?;
        let twin = old_loaded.filter(|old| old.identity.name == new.identity.name);
        if twin.is_some() && token.took_over() {
            return Ok(());
        }
        match (token.generate_keys(), twin) {
            // A build of the same plugin that refused the old state may need what the old one holds,
            // such as the lock of its key file.
            (Err(_), Some(twin)) => {
                twin.lifecycle.shutdown();
                let keys = token.generate_keys().map_err(failed);
                keys.map_err(|error| ReloadError::NoKeys(Box::new(error)))?;
            }
            (keys, _) => keys.map_err(failed)?,
        }
        if old_loaded.is_some() {
            tracing::warn!(
                "the new token plugin took no keys over: it starts with fresh ones, and the old keys \
                 open nothing any more"
            );
        }
        Ok(())
    }
}
