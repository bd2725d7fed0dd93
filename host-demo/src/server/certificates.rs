//! Certificate, key and client authorities of a running server: read again without a restart.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use chrono::{DateTime, SecondsFormat};
use parking_lot::Mutex;

use crate::{
    telemetry::{
        error_chain::error_chain,
        metrics::{ListenerId, Metrics},
    },
    tls::server::ServerTls,
};

/// Reads the files again, logs and counts.
#[derive(Debug)]
pub(super) struct Certificates {
    /// None where no listener has TLS. Locked while the files are read, so that what was read last is in use.
    tls: Option<Mutex<Arc<ServerTls>>>,
    metrics: Arc<Metrics>,
}

impl Certificates {
    /// Those of a server that starts: says which certificate it has. `encrypted` are the listeners with TLS.
    pub(super) fn new(
        tls: Option<Arc<ServerTls>>,
        encrypted: &[ListenerId],
        metrics: Arc<Metrics>,
    ) -> Self {
        if let Some(tls) = &tls {
            metrics.tls().expose(encrypted);
            in_use(tls, &metrics);
        }
        Self {
            tls: tls.map(Mutex::new),
            metrics,
        }
    }

    /// New handshakes use what the files hold now; if that cannot be used, they use what they did.
    pub(super) fn reload(&self) {
        let Some(tls) = &self.tls else {
            return;
        };
        let tls = tls.lock();
        let outcome = tls.reload();
        self.metrics.tls().count_reload(outcome.is_ok());
        match outcome {
            Ok(()) => in_use(&tls, &self.metrics),
            Err(error) => tracing::error!(
                "the certificate was not replaced, the one in use stays: {}",
                error_chain(&error)
            ),
        }
    }
}

/// What is unusual about the files of a server that starts or is only checked.
pub(super) fn warn(tls: &ServerTls) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    for warning in tls.warnings(now.unwrap_or_default()) {
        tracing::warn!("{warning}");
    }
}

fn in_use(tls: &ServerTls, metrics: &Metrics) {
    let file = &tls.settings().certificate_file;
    let expiration = tls.expiration();
    metrics.tls().set_expiration(file, expiration);
    tracing::info!(
        "certificate {} is in use, valid until {}",
        file.display(),
        date(expiration)
    );
}

fn date(since_1970: Duration) -> String {
    let seconds = i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX);
    let date = DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::UNIX_EPOCH);
    date.to_rfc3339_opts(SecondsFormat::Secs, true)
}
