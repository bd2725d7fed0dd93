//! One upstream: the replicas of a model server, and which of them gets a request.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use tokio::time::Instant;

use super::{
    replica::{InFlight, Replica, ReplicaSettings},
    setup::ProxyError,
};
use crate::{
    config::UpstreamAddresses,
    telemetry::metrics::{ForwardFailure, UpstreamSnapshot},
};

/// The replicas of a model server, shared by all serving threads.
#[derive(Debug)]
pub(super) struct Upstream {
    /// What the metrics call it: the setting with its addresses.
    name: &'static str,
    replicas: Vec<Arc<Replica>>,
    /// Who is first among replicas with as many requests.
    turn: AtomicUsize,
    counters: Arc<UpstreamCounters>,
}

/// What is counted since the start of the server, whatever the replicas are.
#[derive(Debug, Default)]
struct UpstreamCounters {
    failovers: AtomicU64,
    failures: [AtomicU64; ForwardFailure::ALL.len()],
}

/// The replicas that were tried for one request: a bit for each, of which there are at most 64.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct TriedReplicas(u64);

impl Upstream {
    /// Replicas of the `last` one of this name that have the same address and settings go on: with their requests and
    /// connections, and with what is known of their health. What is counted goes on, too.
    ///
    /// # Errors
    /// An address cannot be used.
    pub(super) fn new(
        name: &'static str,
        addresses: &UpstreamAddresses,
        settings: &ReplicaSettings,
        last: Option<&Self>,
    ) -> Result<Self, ProxyError> {
        let replica = |address| {
            let mut before = last.map_or(&[][..], Self::replicas).iter();
            match before.find(|replica| replica.is_of(address, settings)) {
                Some(replica) => Ok(Arc::clone(replica)),
                None => Replica::new(address, settings).map(Arc::new),
            }
        };
        let replicas = addresses.iter().map(replica);
        Ok(Self {
            name,
            replicas: replicas.collect::<Result<_, _>>()?,
            turn: AtomicUsize::new(0),
            counters: last.map_or_else(Arc::default, |last| Arc::clone(&last.counters)),
        })
    }

    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn replicas(&self) -> &[Arc<Replica>] {
        &self.replicas
    }

    /// The replica with the fewest requests of those that are up and not tried; it is tried then.
    /// None if there is none. A replica without another one is always tried: its response says
    /// more about it than its health.
    pub(super) fn choose(&self, tried: &mut TriedReplicas, now: Instant) -> Option<InFlight> {
        if let [only] = self.replicas.as_slice() {
            return tried.insert(0).then(|| only.admit_any());
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        loop {
            let count = self.replicas.len();
            let in_turn = (0..count).map(|offset| turn.wrapping_add(offset) % count);
            let candidates = in_turn.filter_map(|index| Some((index, self.replicas.get(index)?)));
            let (index, replica) = candidates
                .filter(|(index, replica)| !tried.contains(*index) && replica.is_available(now))
                .min_by_key(|(_, replica)| replica.load())?;
            tried.insert(index);
            // Another request may be the one that tries it.
            if let Some(in_flight) = replica.admit(now) {
                return Some(in_flight);
            }
        }
    }

    /// Whether a request would be sent to one of its replicas that is up.
    pub(super) fn is_up(&self, now: Instant) -> bool {
        self.replicas
            .iter()
            .any(|replica| replica.is_available(now))
    }

    /// A request is sent to another replica.
    pub(super) fn count_failover(&self) {
        self.counters.failovers.fetch_add(1, Ordering::Relaxed);
    }

    /// A request got no response of a replica, or there was none to send it to.
    pub(super) fn count_failure(&self, reason: ForwardFailure) {
        if let Some(counter) = self.counters.failures.get(reason as usize) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn snapshot(&self) -> UpstreamSnapshot {
        let reasons = ForwardFailure::ALL.iter().copied();
        let counts = self.counters.failures.iter();
        let counts = counts.map(|counter| counter.load(Ordering::Relaxed));
        UpstreamSnapshot {
            name: self.name,
            replicas: self.replicas.iter().map(|one| one.snapshot()).collect(),
            failovers: self.counters.failovers.load(Ordering::Relaxed),
            failures: reasons.zip(counts).collect(),
        }
    }
}

impl TriedReplicas {
    const fn contains(self, index: usize) -> bool {
        self.0 & bit(index) != 0
    }

    /// Returns whether it was not there.
    const fn insert(&mut self, index: usize) -> bool {
        let is_new = !self.contains(index);
        self.0 |= bit(index);
        is_new
    }
}

/// The bit of a replica. One beyond the limit would share it with another, and be tried less often.
const fn bit(index: usize) -> u64 {
    1 << (index % 64)
}

#[cfg(test)]
mod tests;
