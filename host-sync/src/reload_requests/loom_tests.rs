//! Requests and reloads in every order: run with `cargo xtask loom`.

use loom::{
    model,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use super::{ReloadRequests, ReloadScope};

/// What some change, each something of its own, and what reloads last read of it.
struct Scene {
    requests: ReloadRequests,
    scopes: Vec<ReloadScope>,
    /// Whether it is changed; written and read without any order of its own.
    is_changed: Vec<AtomicBool>,
    /// Held by the running reload: which changes were found.
    is_read: Mutex<Vec<bool>>,
}

impl Scene {
    fn new(scopes: &[ReloadScope]) -> Self {
        Self {
            requests: ReloadRequests::default(),
            scopes: scopes.to_vec(),
            is_changed: scopes.iter().map(|_| AtomicBool::new(false)).collect(),
            is_read: Mutex::new(vec![false; scopes.len()]),
        }
    }

    fn change(&self, number: usize) {
        self.is_changed[number].store(true, Ordering::Relaxed);
        let scope = self.scopes[number];
        if self.requests.ask(scope) {
            let mut is_read = self.is_read.lock().unwrap();
            self.requests.begin(scope);
            for (number, is_read) in is_read.iter_mut().enumerate() {
                let reads = scope == ReloadScope::Everything || self.scopes[number] == scope;
                if reads {
                    *is_read = self.is_changed[number].load(Ordering::Relaxed);
                }
            }
        }
    }
}

/// Each relies on a reload that has not begun, or reloads.
fn every_change_is_read(scopes: &'static [ReloadScope]) {
    model(move || {
        let scene = Arc::new(Scene::new(scopes));
        let others: Vec<_> = (1..scopes.len())
            .map(|number| {
                let scene = Arc::clone(&scene);
                thread::spawn(move || scene.change(number))
            })
            .collect();
        scene.change(0);
        for other in others {
            other.join().unwrap();
        }
        assert!(scene.is_read.lock().unwrap().iter().all(|is_read| *is_read));
    });
}

#[test]
fn of_two_requests_at_once_each_change_is_read_by_a_reload_that_began_after_it() {
    every_change_is_read(&[ReloadScope::Plugins, ReloadScope::Plugins]);
    every_change_is_read(&[ReloadScope::Everything, ReloadScope::Everything]);
}

#[test]
fn requests_of_both_scopes_at_once_are_all_served() {
    every_change_is_read(&[
        ReloadScope::Plugins,
        ReloadScope::Everything,
        ReloadScope::Everything,
    ]);
}
