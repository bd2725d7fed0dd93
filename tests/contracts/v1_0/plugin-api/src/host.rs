use std::{fmt, sync::Arc};

use abi_stable::std_types::RStr;

use crate::{
    Log, PluginError, State,
    abi::{RawHostBox, RawSetting},
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
