//! Adding, watching and ending in every order: run with `cargo xtask loom`.

use loom::{
    model,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::{Leaving, LeavingList};

/// Counts how often it is ended. It is over when it is looked at for the second time.
struct Counted {
    ended: Arc<AtomicUsize>,
    was_in_use: bool,
}

impl Leaving for Counted {
    fn is_over(&mut self) -> bool {
        !std::mem::replace(&mut self.was_in_use, false)
    }

    fn end(self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Clone)]
struct Scene {
    list: Arc<LeavingList<Counted>>,
    ended: Arc<AtomicUsize>,
}

impl Scene {
    fn new() -> Self {
        Self {
            list: Arc::new(LeavingList::new()),
            ended: Arc::new(AtomicUsize::new(0)),
        }
    }

    fn add(&self, was_in_use: bool) {
        let ended = Arc::clone(&self.ended);
        self.list.add(Counted { ended, was_in_use });
    }

    fn add_and_watch(&self, was_in_use: bool) {
        self.add(was_in_use);
        if self.list.begin_watch() {
            while self.list.end_over() {}
        }
    }

    fn ended(&self) -> usize {
        self.ended.load(Ordering::Relaxed)
    }
}

#[test]
fn whatever_is_added_while_another_is_ended_is_ended_once() {
    model(|| {
        let scene = Scene::new();
        let other = {
            let scene = scene.clone();
            thread::spawn(move || scene.add_and_watch(false))
        };
        scene.add_and_watch(true);
        other.join().unwrap();
        assert_eq!(scene.ended(), 2);
    });
}

#[test]
fn when_all_are_ended_nothing_that_was_added_before_is_left_and_nothing_is_ended_twice() {
    model(|| {
        let scene = Scene::new();
        scene.add(false);
        let watching = {
            let scene = scene.clone();
            thread::spawn(move || scene.add_and_watch(true))
        };
        scene.list.end_all();
        assert!(scene.ended() >= 1);
        watching.join().unwrap();
        assert_eq!(scene.ended(), 2);
    });
}

#[test]
fn where_nobody_can_watch_nothing_is_left() {
    model(|| {
        let scene = Scene::new();
        let other = {
            let scene = scene.clone();
            thread::spawn(move || scene.add_and_watch(false))
        };
        scene.add(true);
        if scene.list.begin_watch() {
            scene.list.give_up_watch();
        }
        other.join().unwrap();
        assert_eq!(scene.ended(), 2);
    });
}
