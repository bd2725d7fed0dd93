//! A change of the plugins folder causes a reload.

use std::{
    io,
    path::Path,
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread,
    time::{Duration, Instant},
};

use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode},
};

#[cfg(test)]
mod tests;

/// The folder is read once it did not change for this long: a file arrives in several steps.
const QUIET: Duration = Duration::from_millis(500);
/// The folder is read after this time even if it keeps changing.
const QUIET_AWAITED_MAX: Duration = Duration::from_secs(10);

/// A watched folder. Changes are kept until [`start`](Self::start) is called.
#[derive(Debug)]
pub(crate) struct FolderWatch {
    watcher: RecommendedWatcher,
    changes: Receiver<()>,
}

/// The thread that reacts to changes. Dropping this ends it, after a running reload, and does not wait for
/// that.
#[derive(Debug)]
pub(crate) struct WatchThread {
    /// It holds the other end of the thread's channel.
    _watcher: RecommendedWatcher,
}

impl FolderWatch {
    /// Watches the files of a folder, but not those in its subfolders.
    ///
    /// # Errors
    /// The folder does not exist, or the operating system's limit of watches is reached.
    pub(crate) fn open(folder: &Path) -> notify::Result<Self> {
        // One kept change stands for all.
        let (sender, changes) = sync_channel(1);
        let mut watcher = notify::recommended_watcher(move |event| tell(&sender, event))?;
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
        Ok(Self { watcher, changes })
    }

    /// Calls `reload` after changes from now on, and after those that were kept, on a separate thread.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(crate) fn start(self, reload: impl Fn() + Send + 'static) -> io::Result<WatchThread> {
        let Self { watcher, changes } = self;
        let thread = thread::Builder::new().name("watch-plugins".to_owned());
        thread.spawn(move || {
            while changes.recv().is_ok() && wait_until_quiet(&changes) {
                reload();
            }
        })?;
        Ok(WatchThread { _watcher: watcher })
    }
}

fn tell(changes: &SyncSender<()>, event: notify::Result<Event>) {
    match event {
        Ok(event) if !is_change(&event.kind) => return,
        Ok(_) => {}
        Err(error) => tracing::warn!("watching the plugins folder: {error}"),
    }
    // Full means that a change is kept already.
    let _ = changes.try_send(());
}

/// A reload itself opens and reads the files, which must not cause another one.
const fn is_change(kind: &EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => false,
        _ => true,
    }
}

/// Returns whether the watch goes on.
fn wait_until_quiet(changes: &Receiver<()>) -> bool {
    let start = Instant::now();
    while start.elapsed() < QUIET_AWAITED_MAX {
        match changes.recv_timeout(QUIET) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
    true
}
