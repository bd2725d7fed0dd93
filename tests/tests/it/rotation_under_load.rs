//! Eight threads check while one rotates: no key is accepted after the response that replaced it,
//! and the current key is never rejected.

use std::{
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use integration_tests::{Connection, Host, Listener, PluginFolder, get};

use crate::expect::is_denied;

const CHECKERS: usize = 8;
const DURATION: Duration = Duration::from_secs(10);
/// After this many rotations there is a pause, in which the current key is used; the others follow
/// each other without delay.
const ROTATIONS_IN_A_ROW: u64 = 10;

/// The state that the rotating thread shares with the checking ones.
struct Shared {
    /// Incremented before a rotation is sent and after its response: even while no rotation runs.
    epoch: AtomicU64,
    keys: RwLock<Keys>,
    /// Checks of the current key during which there was no rotation.
    current_checks: AtomicU64,
    /// Checks of a replaced key; before the first rotation there is none.
    replaced_checks: AtomicU64,
    done: AtomicBool,
}

#[derive(Clone)]
struct Keys {
    /// The even epoch in which `current` was published.
    epoch: u64,
    current: Arc<str>,
    replaced: Arc<str>,
}

impl Shared {
    fn keys(&self) -> Keys {
        self.keys.read().expect("no thread panicked").clone()
    }
}

/// Rotations follow one another for ten seconds, over sockets.
#[test]
fn no_replaced_key_is_accepted_and_no_current_one_refused() {
    let host = Host::builder()
        .plugins(PluginFolder::new().with("token-plugin"))
        .property("token_api_returns_key", "true")
        .keys_in_responses()
        .start();
    let keys = host.keys();
    let shared = Shared {
        epoch: AtomicU64::new(0),
        keys: RwLock::new(Keys {
            epoch: 0,
            current: keys.inference.key.as_str().into(),
            replaced: "a key that never was".into(),
        }),
        current_checks: AtomicU64::new(0),
        replaced_checks: AtomicU64::new(0),
        done: AtomicBool::new(false),
    };

    let rotations = thread::scope(|scope| {
        for _ in 0..CHECKERS {
            scope.spawn(|| {
                let end = EndOnPanic(&shared);
                check(&shared, &mut host.connect(Listener::Inference));
                drop(end);
            });
        }
        let end = EndOnPanic(&shared);
        let rotations = rotate(&shared, &mut host.connect(Listener::Management), &keys.api);
        drop(end);
        rotations
    });

    let current_checks = shared.current_checks.into_inner();
    let replaced_checks = shared.replaced_checks.into_inner();
    // How many, depends on the machine.
    assert!(rotations > 0, "no rotation");
    assert!(current_checks > 0, "no check of the current key");
    assert!(replaced_checks > 0, "no check of a replaced key");
}

/// Rotates the inference key until the time is over, and returns how often.
fn rotate(shared: &Shared, connection: &mut Connection, api: &str) -> u64 {
    let request = get("/token?type=inference").key(api);
    let start = Instant::now();
    let mut rotations = 0;
    while start.elapsed() < DURATION && !shared.done.load(Ordering::Acquire) {
        shared.epoch.fetch_add(1, Ordering::SeqCst);
        let response = connection.exchange(&request);
        let epoch = shared.epoch.fetch_add(1, Ordering::SeqCst) + 1;
        assert_eq!(response.status, 200, "{response:?}");
        let body = response.json();
        let mut keys = shared.keys.write().expect("no thread panicked");
        keys.replaced = Arc::clone(&keys.current);
        keys.current = body["key"].as_str().expect("the new key").into();
        keys.epoch = epoch;
        drop(keys);
        rotations += 1;
        if rotations % ROTATIONS_IN_A_ROW == 0 {
            wait_for_current_checks(shared);
        }
    }
    // Even on a slow machine, the last key and the previous one are checked.
    wait_for_current_checks(shared);
    shared.done.store(true, Ordering::Release);
    rotations
}

fn wait_for_current_checks(shared: &Shared) {
    let before = shared.current_checks.load(Ordering::Acquire);
    integration_tests::eventually("checks of the current key", || {
        let checked = shared.current_checks.load(Ordering::Acquire) - before;
        let enough = checked >= CHECKERS as u64 || shared.done.load(Ordering::Acquire);
        enough.then_some(())
    });
}

fn check(shared: &Shared, connection: &mut Connection) {
    while !shared.done.load(Ordering::Acquire) {
        let Keys {
            epoch,
            current,
            replaced,
        } = shared.keys();
        // The response with its successor has arrived: from now on the key is invalid.
        let response = connection.exchange(&get("/ping").key(&replaced));
        assert!(is_denied(&response), "a replaced key was accepted");
        if epoch > 0 {
            shared.replaced_checks.fetch_add(1, Ordering::AcqRel);
        }

        let response = connection.exchange(&get("/ping").key(&current));
        if shared.epoch.load(Ordering::SeqCst) == epoch {
            // No rotation was sent before this response arrived.
            assert_eq!(response.status, 200, "the current key was refused");
            shared.current_checks.fetch_add(1, Ordering::AcqRel);
        }
    }
}

/// Ends all threads when one of them fails.
struct EndOnPanic<'a>(&'a Shared);

impl Drop for EndOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.done.store(true, Ordering::Release);
        }
    }
}
