//! What is counted of TLS.

use std::{path::Path, time::Duration};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use super::{
    labels::{HandshakeFailure, ReloadOutcome},
    registered::registered,
    worker::ListenerId,
};

/// Rare events: one counter for all threads.
#[derive(Debug)]
pub(crate) struct TlsMetrics {
    listeners: Vec<(ListenerId, String)>,
    handshake_failures: Family<HandshakeLabels, Counter>,
    reloads: Family<TlsReloadLabels, Counter>,
    expiration: Family<CertificateLabels, Gauge>,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct HandshakeLabels {
    listener: String,
    reason: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct TlsReloadLabels {
    outcome: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct CertificateLabels {
    file: String,
}

impl TlsMetrics {
    pub(super) fn new(registry: &mut Registry, listeners: Vec<(ListenerId, String)>) -> Self {
        Self {
            listeners,
            handshake_failures: registered(
                registry,
                "tls_handshake_failures",
                "TLS handshakes that failed, by listener and reason",
                Family::default(),
            ),
            reloads: registered(
                registry,
                "tls_reloads",
                "Readings of certificate, key and client authorities after the start, by outcome",
                Family::default(),
            ),
            expiration: registered(
                registry,
                "tls_certificate_expiration_timestamp_seconds",
                "When the certificate in use ends to be valid, in seconds since 1970",
                Family::default(),
            ),
        }
    }

    /// Exposes the counters of a server with TLS from the start, so that the first increment is visible as one.
    pub(crate) fn expose(&self, encrypted: &[ListenerId]) {
        for &listener in encrypted {
            for &reason in HandshakeFailure::ALL {
                let _ = self.failures(listener, reason);
            }
        }
        for outcome in ReloadOutcome::ALL {
            let outcome = outcome.as_str();
            let _ = self.reloads.get_or_create(&TlsReloadLabels { outcome });
        }
    }

    /// A handshake failed on this listener.
    pub(crate) fn count_handshake_failure(&self, listener: ListenerId, reason: HandshakeFailure) {
        self.failures(listener, reason).inc();
    }

    /// The files were read again.
    pub(crate) fn count_reload(&self, succeeded: bool) {
        let outcome = ReloadOutcome::of(succeeded).as_str();
        self.reloads
            .get_or_create(&TlsReloadLabels { outcome })
            .inc();
    }

    /// When the certificate of this file ends to be valid, since 1970.
    pub(crate) fn set_expiration(&self, file: &Path, expiration: Duration) {
        let file = file.display().to_string();
        let seconds = i64::try_from(expiration.as_secs()).unwrap_or(i64::MAX);
        self.expiration
            .get_or_create(&CertificateLabels { file })
            .set(seconds);
    }

    /// No certificate of this file is in use any more.
    pub(crate) fn remove_expiration(&self, file: &Path) {
        let file = file.display().to_string();
        let _ = self.expiration.remove(&CertificateLabels { file });
    }

    fn failures(&self, listener: ListenerId, reason: HandshakeFailure) -> Counter {
        let name = self.listeners.iter().find(|(id, _)| *id == listener);
        let labels = HandshakeLabels {
            listener: name.map(|(_, name)| name.clone()).unwrap_or_default(),
            reason: reason.as_str(),
        };
        self.handshake_failures.get_or_create_owned(&labels)
    }
}
