//! Reloads and the end of a server in every order: run with `cargo xtask loom`.
//!
//! `tokio`'s lock that keeps rotations away from a reload is not part of it: loom cannot see into it.

use std::time::{Duration, Instant};

use loom::{
    model,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use super::{Closed, Leaving, ReloadScope, Succession};
use crate::OnceFlag;

const LONG: Duration = Duration::from_secs(3600);

/// The key files and the plugins of a server.
#[derive(Default)]
struct World {
    key_files: AtomicUsize,
    opened: AtomicUsize,
    ended: AtomicUsize,
}

/// A plugin that has its own key file from the making of its keys to its end.
struct Plugin {
    world: Arc<World>,
    has_keys: AtomicUsize,
    is_told: OnceFlag,
}

impl Plugin {
    fn open(world: &Arc<World>) -> Self {
        world.opened.fetch_add(1, Relaxed);
        Self {
            world: Arc::clone(world),
            has_keys: AtomicUsize::new(0),
            is_told: OnceFlag::new(),
        }
    }

    fn make_keys(&self) {
        self.world.key_files.fetch_add(1, Relaxed);
        self.has_keys.store(1, Relaxed);
    }

    fn shutdown(&self) {
        if self.is_told.set() {
            self.world.ended.fetch_add(1, Relaxed);
            self.world
                .key_files
                .fetch_sub(self.has_keys.load(Relaxed), Relaxed);
        }
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        self.shutdown();
    }
}

struct Generation {
    number: usize,
    plugin: std::sync::Arc<Plugin>,
}

struct Replaced(std::sync::Arc<Plugin>);

impl Leaving for Replaced {
    fn is_over(&mut self) -> bool {
        true
    }

    fn end(self) {
        self.0.shutdown();
    }
}

/// A server, whose plugin is replaced by another one at each reload.
#[derive(Clone)]
struct Server {
    world: Arc<World>,
    succession: Arc<Succession<Generation, Replaced>>,
}

impl Server {
    fn start() -> Self {
        let world = Arc::new(World::default());
        let plugin = std::sync::Arc::new(Plugin::open(&world));
        plugin.make_keys();
        let first = Generation { number: 1, plugin };
        Self {
            world,
            succession: Arc::new(Succession::new(first)),
        }
    }

    fn reload(&self) -> Result<(), Closed> {
        let turn = self.succession.begin(ReloadScope::Everything)?;
        let old = turn.current();
        let opened = Plugin::open(&self.world);
        turn.take_over::<(), Closed>(|| {
            opened.make_keys();
            let plugin = std::sync::Arc::new(opened);
            let replaced = Replaced(std::sync::Arc::clone(&old.plugin));
            let number = old.number + 1;
            Ok((Generation { number, plugin }, replaced, ()))
        })?;
        // A thread of its own watches what was replaced.
        drop(turn);
        let leaving = self.succession.leaving();
        if leaving.begin_watch() {
            while leaving.end_over() {}
        }
        Ok(())
    }

    fn reloading(&self) -> thread::JoinHandle<()> {
        let server = self.clone();
        thread::spawn(move || {
            let _ = server.reload();
        })
    }

    fn close(&self, until: Instant) -> bool {
        let is_closed = self.succession.close(until, |last| last.plugin.shutdown());
        if !is_closed {
            self.close_at_once();
        }
        is_closed
    }

    fn close_at_once(&self) {
        self.succession
            .close_at_once(LONG, |last| last.plugin.shutdown());
    }

    fn number(&self) -> usize {
        self.succession.current().number
    }

    fn check_no_key_file(&self) {
        assert_eq!(self.world.key_files.load(Relaxed), 0);
    }

    /// To be called when no thread runs any more.
    fn check_all_ended(&self) {
        self.check_no_key_file();
        let World { opened, ended, .. } = &*self.world;
        assert_eq!(opened.load(Relaxed), ended.load(Relaxed));
    }
}

#[test]
fn a_reload_while_the_server_ends_leaves_no_plugin_and_no_key_file() {
    model(|| {
        let server = Server::start();
        let reload = server.reloading();
        assert!(server.close(Instant::now() + LONG));
        server.check_all_ended();
        let last = server.number();
        reload.join().unwrap();
        assert_eq!(server.number(), last);
        server.check_all_ended();
    });
}

#[test]
fn a_reload_that_is_not_waited_for_leaves_no_key_file_and_nothing_serves_after_it() {
    model(|| {
        let server = Server::start();
        let reload = server.reloading();
        server.close(Instant::now());
        server.check_no_key_file();
        let last = server.number();
        reload.join().unwrap();
        assert_eq!(server.number(), last);
        server.check_all_ended();
    });
}

#[test]
fn two_reloads_and_the_end_leave_no_plugin_and_no_key_file() {
    model(|| {
        let server = Server::start();
        let reloads = [server.reloading(), server.reloading()];
        server.close(Instant::now());
        server.check_no_key_file();
        for reload in reloads {
            reload.join().unwrap();
        }
        server.check_all_ended();
    });
}

/// The end in order and the one of a second signal.
#[test]
fn two_ends_and_a_reload_end_each_plugin_once() {
    model(|| {
        let server = Server::start();
        let reload = server.reloading();
        let second_signal = {
            let server = server.clone();
            thread::spawn(move || server.close_at_once())
        };
        server.close(Instant::now() + LONG);
        second_signal.join().unwrap();
        reload.join().unwrap();
        server.check_all_ended();
    });
}

#[test]
fn two_reloads_run_one_after_the_other_and_a_request_sees_the_generations_in_order() {
    model(|| {
        let server = Server::start();
        let reloads = [server.reloading(), server.reloading()];
        let first = server.number();
        let second = server.number();
        assert!(first <= second);
        for reload in reloads {
            reload.join().unwrap();
        }
        assert_eq!(server.number(), 3);
        assert_eq!(server.world.key_files.load(Relaxed), 1);
    });
}
