//! Requests at every moment, with valid, dead and forged keys.

use std::{
    fmt,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::server::{Served, broken};
use crate::{error::TaskError, http};

const THREADS: usize = 2;
const PAUSE: Duration = Duration::from_millis(2);
/// Dead keys that are tried; the oldest are forgotten.
const DEAD_MAX: usize = 64;

/// The threads that send the requests.
pub(super) struct Load {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    is_finished: AtomicBool,
    counts: Counts,
}

#[derive(Default)]
struct State {
    /// None while nothing is promised.
    served: Option<Served>,
    /// Where requests with keys that open nothing are sent at every moment.
    addresses: Option<(SocketAddr, SocketAddr)>,
    /// Changes with `served`.
    epoch: u64,
    dead: Vec<String>,
    broken: Option<String>,
}

#[derive(Default)]
struct Counts {
    admitted: AtomicU64,
    denied: AtomicU64,
    unanswered: AtomicU64,
}

impl Load {
    pub(super) fn start() -> Self {
        let shared = Arc::<Shared>::default();
        let threads = (0..THREADS).map(|_| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.send_until_finished())
        });
        Self {
            threads: threads.collect(),
            shared,
        }
    }

    /// From now on these keys must be valid, until the next call.
    pub(super) fn serve(&self, served: Served) {
        let mut state = self.shared.state();
        state.addresses = Some((served.inference, served.management));
        state.served = Some(served);
        state.epoch += 1;
    }

    /// From now on no answer is promised; keys that are not valid must open nothing all the same.
    pub(super) fn pause(&self) {
        let mut state = self.shared.state();
        state.served = None;
        state.epoch += 1;
    }

    /// From now on these keys must open nothing.
    pub(super) fn forget(&self, keys: Vec<String>) {
        let mut state = self.shared.state();
        state.dead.extend(keys);
        let surplus = state.dead.len().saturating_sub(DEAD_MAX);
        state.dead.drain(..surplus);
    }

    /// Keys that must open nothing.
    pub(super) fn dead(&self) -> Vec<String> {
        self.shared.state().dead.clone()
    }

    /// Whether every promise was kept so far.
    ///
    /// # Errors
    /// The first that was not.
    pub(super) fn check(&self) -> Result<(), TaskError> {
        self.shared
            .state()
            .broken
            .clone()
            .map_or(Ok(()), |what| Err(broken(what)))
    }

    /// Ends the threads, and says what they have seen.
    ///
    /// # Errors
    /// A thread panicked.
    pub(super) fn finish(&mut self) -> Result<String, TaskError> {
        self.shared.is_finished.store(true, Ordering::Release);
        for thread in self.threads.drain(..) {
            let joined = thread.join();
            joined.map_err(|_| TaskError::program("chaos", "a thread of the load panicked"))?;
        }
        Ok(self.shared.counts.to_string())
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send_until_finished(&self) {
        let mut turn = 0_usize;
        while !self.is_finished.load(Ordering::Acquire) {
            turn = turn.wrapping_add(1);
            self.send_valid();
            self.send_invalid(turn);
            thread::sleep(PAUSE);
        }
    }

    fn send_valid(&self) {
        let (served, epoch) = {
            let state = self.state();
            (state.served.clone(), state.epoch)
        };
        let Some(served) = served else {
            return;
        };
        let requests = [
            (
                served.inference,
                "/predictions/none",
                &served.keys.inference,
            ),
            (served.management, "/models", &served.keys.management),
        ];
        for (address, path, key) in requests {
            let answer = http::get(address, path, Some(key));
            let is_admitted = answer
                .as_ref()
                .is_ok_and(|answer| is_admitted(answer.status));
            if is_admitted {
                self.counts.admitted.fetch_add(1, Ordering::AcqRel);
            } else if self.state().epoch == epoch {
                self.breaks(format!("a valid key: {path}: {answer:?}"));
            }
        }
    }

    fn send_invalid(&self, turn: usize) {
        let (addresses, dead) = {
            let state = self.state();
            let dead = turn
                .checked_rem(state.dead.len())
                .and_then(|index| state.dead.get(index).cloned());
            (state.addresses, dead)
        };
        let Some((inference, management)) = addresses else {
            return;
        };
        let forged: String = std::iter::repeat_with(fastrand::alphanumeric)
            .take(43)
            .collect();
        for key in [Some(forged), dead].into_iter().flatten() {
            for (address, path) in [(inference, "/predictions/none"), (management, "/models")] {
                match http::get(address, path, Some(&key)) {
                    Ok(answer) if is_admitted(answer.status) => {
                        self.breaks(format!("a key that is not valid: {path}: {answer:?}"));
                    }
                    Ok(_) => drop(self.counts.denied.fetch_add(1, Ordering::AcqRel)),
                    Err(_) => drop(self.counts.unanswered.fetch_add(1, Ordering::AcqRel)),
                }
            }
        }
    }

    fn breaks(&self, what: String) {
        self.state().broken.get_or_insert(what);
    }
}

/// Whether the server has done, or looked for, what was asked for.
pub(super) const fn is_admitted(status: u16) -> bool {
    matches!(status, 200 | 404 | 405)
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |counter: &AtomicU64| counter.load(Ordering::Acquire);
        write!(
            formatter,
            "load: {} requests with valid keys, all admitted; {} with dead or forged keys, all denied; \
             {} of those without an answer, while the server was down or out of descriptors",
            count(&self.admitted),
            count(&self.denied),
            count(&self.unanswered)
        )
    }
}
