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
    failovers: AtomicU64,
    failures: [AtomicU64; ForwardFailure::ALL.len()],
}

/// The replicas that were tried for one request: a bit for each, of which there are at most 64.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct TriedReplicas(u64);

impl Upstream {
    /// # Errors
    /// An address cannot be used.
    pub(super) fn new(
        name: &'static str,
        addresses: &UpstreamAddresses,
        settings: &ReplicaSettings<'_>,
    ) -> Result<Self, ProxyError> {
        let replicas = addresses.iter();
        let replicas = replicas.map(|address| Replica::new(address, settings).map(Arc::new));
        Ok(Self {
            name,
            replicas: replicas.collect::<Result<_, _>>()?,
            turn: AtomicUsize::new(0),
            failovers: AtomicU64::new(0),
            failures: <_>::default(),
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
        self.failovers.fetch_add(1, Ordering::Relaxed);
    }

    /// A request got no response of a replica, or there was none to send it to.
    pub(super) fn count_failure(&self, reason: ForwardFailure) {
        if let Some(counter) = self.failures.get(reason as usize) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn snapshot(&self) -> UpstreamSnapshot {
        let reasons = ForwardFailure::ALL.iter().copied();
        let counts = self.failures.iter();
        let counts = counts.map(|counter| counter.load(Ordering::Relaxed));
        UpstreamSnapshot {
            name: self.name,
            replicas: self.replicas.iter().map(|one| one.snapshot()).collect(),
            failovers: self.failovers.load(Ordering::Relaxed),
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
