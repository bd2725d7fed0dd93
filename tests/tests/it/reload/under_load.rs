//! 200 new builds of the token plugin take over while keys of both kinds are used and replaced.

use std::{
    io::Write as _,
    sync::{
        RwLock,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use integration_tests::{Connection, Host, Listener, PluginFolder, Request, eventually, get};
use rustix::process::Signal;

use super::never_open;
use crate::expect::is_denied;

const SWAPS: u32 = 200;
const CHECKERS_OF_A_KIND: usize = 2;
/// The interval of two rotations of a kind, so that the current key is used as well.
const ROTATION_INTERVAL: Duration = Duration::from_millis(10);

/// One kind of key, and its current state.
struct Kind {
    name: &'static str,
    listener: Listener,
    path: &'static str,
    /// Incremented before a rotation is sent and after its response: even while no rotation runs.
    epoch: AtomicU64,
    keys: RwLock<Keys>,
    valid_checks: AtomicU64,
    failed: AtomicU64,
    replaced_checks: AtomicU64,
    accepted: AtomicU64,
}

#[derive(Clone)]
struct Keys {
    epoch: u64,
    current: String,
    replaced: String,
}

impl Kind {
    fn new(name: &'static str, listener: Listener, path: &'static str, current: String) -> Self {
        let replaced = "a key that never was".to_owned();
        Self {
            name,
            listener,
            path,
            epoch: AtomicU64::new(0),
            keys: RwLock::new(Keys {
                epoch: 0,
                current,
                replaced,
            }),
            valid_checks: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            replaced_checks: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
        }
    }

    fn request(&self, key: &str) -> Request {
        get(self.path).key(key)
    }

    /// Uses the current key and the previous one.
    fn check(&self, connection: &mut Connection) {
        let Keys {
            epoch,
            current,
            replaced,
        } = self.keys.read().expect("no panic").clone();
        // The response of the rotation that replaced it has arrived.
        let response = connection.try_exchange(&self.request(&replaced));
        if !response.is_ok_and(|response| is_denied(&response)) {
            self.accepted.fetch_add(1, Ordering::AcqRel);
        }
        self.replaced_checks.fetch_add(1, Ordering::AcqRel);
        let response = connection.try_exchange(&self.request(&current));
        if self.epoch.load(Ordering::SeqCst) == epoch {
            // No rotation was sent before this response arrived.
            if !response.is_ok_and(|response| response.status == 200) {
                self.failed.fetch_add(1, Ordering::AcqRel);
            }
            self.valid_checks.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Replaces the key.
    fn rotate(&self, connection: &mut Connection, api: &str) {
        let request = get(&format!("/token?type={}", self.name)).key(api);
        self.epoch.fetch_add(1, Ordering::SeqCst);
        let response = connection.exchange(&request);
        assert_eq!(response.status, 200, "{response:?}");
        let key = response.json()["key"]
            .as_str()
            .expect("the new key")
            .to_owned();
        let mut keys = self.keys.write().expect("no panic");
        keys.replaced = std::mem::replace(&mut keys.current, key);
        keys.epoch = self.epoch.fetch_add(1, Ordering::SeqCst) + 1;
    }
}

/// No request with a valid key fails; none with a replaced key or without a key is allowed.
#[test]
fn two_hundred_swaps_lose_no_request_and_allow_none_without_a_valid_key() {
    let host = Host::builder()
        .plugins(PluginFolder::new().with("token-plugin"))
        .property("token_api_returns_key", "true")
        .keys_in_responses()
        .start();
    let keys = host.keys();
    let kinds = [
        Kind::new(
            "management",
            Listener::Management,
            "/models",
            keys.management.key,
        ),
        Kind::new(
            "inference",
            Listener::Inference,
            "/ping",
            keys.inference.key,
        ),
    ];
    // The first swap has one-time costs, which are not those of a swap.
    swap(&host, 1);
    let before = host.resident_kib();

    let (duration, rotations) = never_open(&host, || under_load(&host, &kinds, &keys.api));

    let growth = host.resident_kib().saturating_sub(before);
    let _ = writeln!(
        std::io::stderr(),
        "{SWAPS} swaps: {} ms and {} KiB of memory each; {rotations} rotations",
        duration.as_millis() / u128::from(SWAPS),
        growth / u64::from(SWAPS)
    );
    for kind in &kinds {
        let count = |counter: &AtomicU64| counter.load(Ordering::Acquire);
        let (valid, replaced) = (count(&kind.valid_checks), count(&kind.replaced_checks));
        let (failed, accepted) = (count(&kind.failed), count(&kind.accepted));
        let _ = writeln!(
            std::io::stderr(),
            "{} key: {failed} of {valid} valid ones failed, {accepted} of {replaced} replaced ones accepted",
            kind.name
        );
        assert_eq!((failed, accepted), (0, 0), "{}", kind.name);
        assert!(
            valid >= 100 && replaced >= 100,
            "{}: {valid}, {replaced}",
            kind.name
        );
    }
    assert!(rotations >= 100, "{rotations} rotations");
    let taken_over = host.log().lines_with("libtoken_plugin.so: took over");
    assert_eq!(taken_over.len(), SWAPS as usize + 1);
    assert_eq!(
        host.keys().inference.key,
        kinds[1].keys.read().expect("no panic").current
    );
}

/// Swaps while everything else runs, and returns how long all swaps took, and how many rotations
/// there were.
fn under_load(host: &Host, kinds: &[Kind], api: &str) -> (Duration, u64) {
    let is_done = std::sync::atomic::AtomicBool::new(false);
    let rotations = AtomicU64::new(0);
    thread::scope(|scope| {
        let end = super::EndOfScope(&is_done);
        for kind in kinds {
            for _ in 0..CHECKERS_OF_A_KIND {
                scope.spawn(|| {
                    let mut connection = host.connect(kind.listener);
                    while !is_done.load(Ordering::Acquire) {
                        kind.check(&mut connection);
                    }
                });
            }
            scope.spawn(|| {
                let mut connection = host.connect(Listener::Management);
                while !is_done.load(Ordering::Acquire) {
                    kind.rotate(&mut connection, api);
                    rotations.fetch_add(1, Ordering::AcqRel);
                    thread::sleep(ROTATION_INTERVAL);
                }
            });
        }
        let start = Instant::now();
        for number in 0..SWAPS {
            swap(host, number + 2);
        }
        let duration = start.elapsed();
        drop(end);
        (duration, rotations.load(Ordering::Acquire))
    })
}

/// Installs the other of two builds and waits until it serves.
fn swap(host: &Host, number: u32) {
    host.plugins().install_build("token-plugin", 1 + number % 2);
    host.signal(Signal::HUP);
    let line = format!("\nhost_demo_plugin_generation {}\n", number + 1);
    eventually("the next generation", || {
        let metrics = host.metrics(&get("/metrics"));
        metrics.text().contains(&line).then_some(())
    });
}
