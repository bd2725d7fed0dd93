//! What follows the configuration in force besides requests and plugins.

use crate::{
    config::Config,
    telemetry::LevelSwitch,
    tls::{TlsError, certificates::Certificates, server::Credentials},
};

/// The certificate of the listeners, and the level of the log. Used by one reload at a time.
#[derive(Debug)]
pub(crate) struct ConfigFollowers {
    pub(crate) certificates: Certificates,
    pub(crate) log_level: LevelSwitch,
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
    }
}
