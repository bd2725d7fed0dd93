//! What follows the configuration in force besides requests and plugins.

use crate::{
    config::Config,
    http::byte_budget::ByteBudget,
    telemetry::{LevelSwitch, metrics::BufferedBytes as _},
    tls::{TlsError, certificates::Certificates, server::Credentials},
};

/// The certificate of the listeners, the level of the log, and what has to go together with it. Used by one reload at a time.
#[derive(Debug)]
pub(crate) struct ConfigFollowers {
    pub(crate) certificates: Certificates,
    pub(crate) log_level: LevelSwitch,
    /// Of requests with the inference key; it stays as it is.
    pub(crate) inference_bodies: ByteBudget,
}

impl ConfigFollowers {
    /// Reads the files of the next configuration. A certificate in the files of the settings in use is
    /// replaced at once, or kept; neither depends on what becomes of the configuration.
    ///
    /// # Errors
    /// Files that the configuration names only now cannot be used.
    pub(super) fn read(&self, next: &Config) -> Result<Option<Credentials>, TlsError> {
        self.certificates.read(next.tls.as_ref())
    }

    /// The configuration is in force, with what [`read`](Self::read) returned for it.
    pub(super) fn follow(&self, config: &Config, credentials: Option<Credentials>) {
        self.certificates.replace(credentials);
        self.log_level.set(config.log_level);
        self.warn_of_bodies(config.max_request_size_bytes);
    }

    fn warn_of_bodies(&self, bytes_max: usize) {
        let room = self.inference_bodies.bytes_max();
        if bytes_max > room {
            tracing::warn!(
                "max_request_size, {bytes_max} bytes, is more than bodies with the inference key may take of \
                 buffered_bytes_max, {room} bytes: larger ones get 503; raise buffered_bytes_max and restart"
            );
        }
    }
}
