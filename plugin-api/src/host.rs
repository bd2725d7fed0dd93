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

    /// A setting of config.properties, the environment or the command line; nothing where it was
    /// not set, whatever the server's default is.
    ///
    /// A plugin may have settings of its own: one that it asks for counts as known, any other is
    /// warned of. Every plugin can read every setting, so a secret belongs into a file that a setting
    /// names; keys that end in `_pass`, `_password` or `_passphrase` are given to nobody.
    #[must_use]
    pub fn setting(&self, key: &str) -> Option<Setting> {
        let RawSetting { value, origin } = self.raw.setting(RStr::from_str(key)).into_option()?;
        Some(Setting {
            key: key.into(),
            value: value.into_string(),
            origin: origin.into_string(),
        })
    }

    /// What the plugin of the same name, whose place this one takes while the server runs, handed
    /// over; only the first call gets it, and only while the plugin opens.
    ///
    /// A plugin that goes on with it says so with [`Plugin::took_over`](crate::Plugin::took_over).
    #[must_use]
    pub fn take_state(&self) -> Option<State> {
        self.raw.take_state().into_option().map(State::from)
    }

    /// Records what an auditor asks for later: a key that was made, replaced or revoked, by whom, with what result.
    ///
    /// `event` is a short name in a form that stays, such as `key_rotated`; `fields` are its particulars. The host adds
    /// time and plugin. No field holds a key: say [which](crate::key_id) by its id or its name.
    ///
    /// # Since
    /// 1.1; a host of 1.0 writes the same as a line of its log, at INFO.
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

/// An audited event as one line of a log.
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

    /// The error for a value that will not do: origin, key and value, then `expected`. The value is
    /// in the message, which is logged.
    #[must_use]
    pub fn invalid(&self, expected: &str) -> PluginError {
        let Self { key, value, origin } = self;
        PluginError::invalid_setting(format!("{origin}: {key}={value}: {expected}"))
    }
}
