//! The metrics of the keys.

use std::sync::atomic::{AtomicU64, Ordering};

use plugin_api::Metrics;
use token_core::{ActiveKeys, Deadline, ExpiringKind, KeyEvent};

#[cfg(test)]
mod tests;

/// How often each key was replaced since the plugin was opened.
#[derive(Debug, Default)]
pub(crate) struct Rotations {
    management: AtomicU64,
    inference: AtomicU64,
}

impl Rotations {
    /// Counts the event if it is a rotation.
    pub(crate) fn count(&self, event: &KeyEvent<'_>) {
        if let KeyEvent::Rotated { kind, .. } = event {
            self.of(*kind).fetch_add(1, Ordering::Relaxed);
        }
    }

    const fn of(&self, kind: ExpiringKind) -> &AtomicU64 {
        match kind {
            ExpiringKind::Management => &self.management,
            ExpiringKind::Inference => &self.inference,
        }
    }
}

/// Reports when the keys in force expire, and how often they were replaced.
pub(crate) fn sample(active: &ActiveKeys, rotations: &Rotations, into: &Metrics<'_>) {
    for kind in [ExpiringKind::Management, ExpiringKind::Inference] {
        let labels = [("key", kind.as_str())];
        if let Some(deadline) = active.deadline(kind) {
            into.gauge(
                "key_expires_timestamp_seconds",
                "When the key expires, in seconds since 1970-01-01 UTC",
                &labels,
                seconds(deadline),
            );
        }
        into.counter(
            "rotations",
            "How often the key was replaced since the plugin was opened",
            &labels,
            rotations.of(kind).load(Ordering::Relaxed),
        );
    }
}

/// By the wall clock.
fn seconds(deadline: Deadline) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "exact to the microsecond until the year 2255"
    )]
    let micros = deadline.wall_micros as f64;
    micros / 1e6
}
