//! Certificate, key and client authorities of a running server: replaced without a restart.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use chrono::{DateTime, SecondsFormat};

use super::{
    error::TlsError,
    server::{Credentials, ServerTls},
};
use crate::{
    config::ListenerTls,
    telemetry::{
        error_chain::error_chain,
        metrics::{ListenerId, Metrics},
    },
};

/// Reads the files again, logs and counts. To be used by one caller at a time, so that what was read last is
/// in use.
#[derive(Debug)]
pub(crate) struct Certificates {
    /// None where no listener has TLS.
    tls: Option<Arc<ServerTls>>,
    metrics: Arc<Metrics>,
}

impl Certificates {
    /// Those of a server that starts: says which certificate it has. `encrypted` are the listeners with TLS.
    pub(crate) fn new(
        tls: Option<Arc<ServerTls>>,
        encrypted: &[ListenerId],
        metrics: Arc<Metrics>,
    ) -> Self {
        if let Some(tls) = &tls {
            metrics.tls().expose(encrypted);
            in_use(tls, &metrics);
        }
        Self { tls, metrics }
    }

    /// Reads the files that `settings` name. New handshakes use what the files of the settings in use hold
    /// now, or what they did if that cannot be used, with an ERROR. What those of other settings hold is
    /// returned for [`replace`](Self::replace).
    ///
    /// # Errors
    /// The files of other settings cannot be used. What is in use stays.
    pub(crate) fn read(
        &self,
        settings: Option<&ListenerTls>,
    ) -> Result<Option<Credentials>, TlsError> {
        let (Some(tls), Some(settings)) = (&self.tls, settings) else {
            return Ok(None);
        };
        if *settings == tls.settings() {
            self.reload(tls);
            return Ok(None);
        }
        let read = Credentials::load(settings);
        if read.is_err() {
            self.metrics.tls().count_reload(false);
        }
        read.map(Some)
    }

    /// Lets new handshakes use what [`read`](Self::read) returned, if anything.
    pub(crate) fn replace(&self, credentials: Option<Credentials>) {
        let (Some(tls), Some(credentials)) = (&self.tls, credentials) else {
            return;
        };
        let before = tls.settings().certificate_file;
        tls.replace(credentials);
        self.metrics.tls().count_reload(true);
        if tls.settings().certificate_file != before {
            self.metrics.tls().remove_expiration(&before);
        }
        warn(tls);
        in_use(tls, &self.metrics);
    }

    fn reload(&self, tls: &ServerTls) {
        let outcome = tls.reload();
        self.metrics.tls().count_reload(outcome.is_ok());
        match outcome {
            Ok(()) => in_use(tls, &self.metrics),
            Err(error) => tracing::error!(
                "the certificate was not replaced, the one in use stays: {}",
                error_chain(&error)
            ),
        }
    }
}

/// What is unusual about files that are used for the first time, or are only checked.
pub(crate) fn warn(tls: &ServerTls) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    for warning in tls.warnings(now.unwrap_or_default()) {
        tracing::warn!("{warning}");
    }
}

fn in_use(tls: &ServerTls, metrics: &Metrics) {
    let file = tls.settings().certificate_file;
    let expiration = tls.expiration();
    metrics.tls().set_expiration(&file, expiration);
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
