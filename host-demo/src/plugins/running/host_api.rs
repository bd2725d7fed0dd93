//! The host's functions for a plugin, while it opens and afterwards.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use abi_stable::{
    sabi_trait::TD_Opaque,
    std_types::{ROption, RSlice, RStr},
};
use parking_lot::Mutex;
use plugin_api::{
    LogLevel,
    abi::{RawEntry, RawHost, RawHost_TO, RawHostBox, RawSetting, RawState},
};

use super::plugin_settings::PluginSettings;
use crate::{
    plugins::log_target::PLUGINS,
    telemetry::{AUDIT, push_value},
};

/// The host as one plugin sees it.
pub(crate) struct HostApi {
    plugin: Arc<str>,
    settings: Arc<PluginSettings>,
    state: OfferedState,
}

/// The state of the predecessor, until the plugin takes it or its opening ends, so that secrets in
/// it are not kept for longer.
#[derive(Clone, Default)]
pub(crate) struct OfferedState(Arc<Mutex<Option<RawState>>>);

impl OfferedState {
    pub(crate) fn new(state: Option<RawState>) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    /// The state that was not taken.
    pub(crate) fn take(&self) -> Option<RawState> {
        self.0.lock().take()
    }
}

impl HostApi {
    pub(crate) fn boxed(
        plugin: Arc<str>,
        settings: Arc<PluginSettings>,
        state: OfferedState,
    ) -> RawHostBox {
        RawHost_TO::from_value(
            Self {
                plugin,
                settings,
                state,
            },
            TD_Opaque,
        )
    }

    fn look_up(&self, key: &str) -> Option<RawSetting> {
        let setting = self.settings.read(key)?;
        Some(RawSetting {
            value: setting.value.trim().into(),
            origin: setting.origin.to_string().into(),
        })
    }

    fn record(&self, event: &str, fields: &[RawEntry<'_>]) {
        let mut line = format!("{}: ", self.plugin);
        push_value(&mut line, event);
        for RawEntry { key, value } in fields {
            line.push(' ');
            push_value(&mut line, key.as_str());
            line.push('=');
            push_value(&mut line, value.as_str());
        }
        tracing::info!(target: AUDIT, "{line}");
    }

    fn write(&self, level: u8, message: &str) {
        let plugin = &self.plugin;
        if level <= LogLevel::Error as u8 {
            tracing::error!(target: PLUGINS, "{plugin}: {message}");
        } else if level == LogLevel::Warn as u8 {
            tracing::warn!(target: PLUGINS, "{plugin}: {message}");
        } else if level == LogLevel::Info as u8 {
            tracing::info!(target: PLUGINS, "{plugin}: {message}");
        } else {
            // A level of a later contract is finer than these.
            tracing::debug!(target: PLUGINS, "{plugin}: {message}");
        }
    }
}

// A panic that left a function of this trait would abort the process.
impl RawHost for HostApi {
    fn setting(&self, key: RStr<'_>) -> ROption<RawSetting> {
        let found = catch_unwind(AssertUnwindSafe(|| self.look_up(key.as_str())));
        found.ok().flatten().into()
    }

    fn take_state(&self) -> ROption<RawState> {
        self.state.take().into()
    }

    fn log(&self, level: u8, message: RStr<'_>) {
        let _ = catch_unwind(AssertUnwindSafe(|| self.write(level, message.as_str())));
    }

    fn audit(&self, event: RStr<'_>, fields: RSlice<'_, RawEntry<'_>>) {
        let record = || self.record(event.as_str(), fields.as_slice());
        let _ = catch_unwind(AssertUnwindSafe(record));
    }
}
