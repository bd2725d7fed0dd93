use std::{fmt, sync::Arc};

use abi_stable::std_types::{RSlice, RStr};

use crate::{
    Log, PluginError, State,
    abi::{RawEntry, RawHostBox, RawSetting},
    metrics::entries,
};

/// The host as a plugin sees it while it opens.
///
/// # Threading
/// May be cloned, kept and used from any thread.
///
/// # Since
/// 1.0
#[derive(Clone)]
pub struct Host {
    raw: Arc<RawHostBox>,
}

impl Host {
    /// Wraps what crossed the boundary.
    #[doc(hidden)]
    #[must_use]
    pub fn new(raw: RawHostBox) -> Self {
        Self { raw: Arc::new(raw) }
    }

    /// A setting of config.properties, the environment or the command line. `None` if it is not set, even
    /// if the server has a default for it.
    ///
    /// A plugin may have settings of its own: the server logs a warning for a setting that neither it nor
    /// any plugin reads. Every plugin can read every setting, so a secret belongs in a file that a setting
    /// names; no plugin gets a setting that ends in `_pass`, `_password` or `_passphrase`.
    #[must_use]
    pub fn setting(&self, key: &str) -> Option<Setting> {
        let RawSetting { value, origin } = self.raw.setting(RStr::from_str(key)).into_option()?;
        Some(Setting {
            key: key.into(),
            value: value.into_string(),
            origin: origin.into_string(),
        })
    }

    /// What the plugin of the same name handed over, if this one replaces it while the server runs. Only the
    /// first call returns it, and only while the plugin opens.
    ///
    /// A plugin that continues with this state says so with [`Plugin::took_over`](crate::Plugin::took_over).
    #[must_use]
    pub fn take_state(&self) -> Option<State> {
        self.raw.take_state().into_option().map(State::from)
    }

    /// Records an event for auditors, such as a key that was made, replaced or revoked, by whom and with what
    /// result.
    ///
    /// `event` is a short name that never changes, such as `key_rotated`; `fields` are names and values. The
    /// host adds the time and the plugin's name. No field may contain a key: identify a key by its
    /// [id](crate::key_id) or its name.
    ///
    /// # Threading
    /// May be called from any thread, except in a token check: it may block.
    ///
    /// # Since
    /// 1.1. A host of 1.0 writes a line with the same content to its log, at INFO.
    pub fn audit(&self, event: &str, fields: &[(&str, &str)]) {
        let fields = entries(fields);
        let event = RStr::from_str(event);
        self.raw.audit(event, RSlice::from_slice(&fields));
    }

    /// The host's log.
    #[must_use]
    pub fn log(&self) -> Log {
        Log::new(Arc::clone(&self.raw))
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Host").finish_non_exhaustive()
    }
}

/// An audit event as one line of a log.
pub(crate) fn audit_line(event: &str, fields: &[RawEntry<'_>]) -> String {
    let mut line = format!("audit: {event}");
    for RawEntry { key, value } in fields {
        line.push_str(&format!(" {key}={:?}", value.as_str()));
    }
    line
}

/// The value of a setting and where it was set.
///
/// # Since
/// 1.0
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Setting {
    key: String,
    value: String,
    origin: String,
}

impl Setting {
    /// As it was written, without surrounding white space.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Where it was set, such as `config.properties:12`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The error for an invalid value: origin, key and value, then `expected`. The message contains the
    /// value, and is logged.
    #[must_use]
    pub fn invalid(&self, expected: &str) -> PluginError {
        let Self { key, value, origin } = self;
        PluginError::invalid_setting(format!("{origin}: {key}={value}: {expected}"))
    }
}
