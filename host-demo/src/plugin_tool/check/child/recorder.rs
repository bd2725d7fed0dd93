//! The host as the plugin sees it, which records the settings that the plugin reads and its log.

use std::{
    collections::BTreeSet,
    io::{self, Write},
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

use crate::{
    cli::PluginSetting,
    config::{Origin, Settings},
    plugins::ServerContext,
};

/// The prefix of a panic's message, written by `export_plugin!`.
const PANIC: &str = "panic: ";
/// The number of lines of the plugin's log that are shown.
const LINES_MAX: usize = 20;

/// One plugin's host.
#[derive(Debug)]
pub(super) struct PluginRecorder {
    settings: Arc<Settings>,
    recorded: Mutex<Recorded>,
}

#[derive(Debug, Default)]
struct Recorded {
    settings_read: BTreeSet<String>,
    panics: usize,
    first_panic: String,
    last_panic: String,
    lines: usize,
}

impl PluginRecorder {
    pub(super) fn new(given: &[PluginSetting]) -> Self {
        let mut settings = Settings::default();
        for PluginSetting { key, value } in given {
            settings.set(key, value.clone(), Origin::CommandLine("setting"));
        }
        Self {
            settings: Arc::new(settings),
            recorded: Mutex::default(),
        }
    }

    /// The argument of the opening function, with the state of a predecessor.
    pub(super) fn host(self: &Arc<Self>, state: Option<RawState>) -> RawHostBox {
        let host = RecordingHost {
            recorder: Arc::clone(self),
            state: Mutex::new(state),
        };
        RawHost_TO::from_value(host, TD_Opaque)
    }

    /// A server without models.
    pub(super) fn context(&self) -> ServerContext {
        ServerContext::without_models(Arc::clone(&self.settings))
    }

    /// The settings that the plugin has read, as text.
    pub(super) fn settings_read(&self) -> String {
        let recorded = self.recorded.lock();
        if recorded.settings_read.is_empty() {
            return "reads no settings".to_owned();
        }
        let names: Vec<_> = recorded.settings_read.iter().map(String::as_str).collect();
        format!("reads {}", names.join(", "))
    }

    /// The number of panics, and the message of the first one.
    pub(super) fn panics(&self) -> (usize, String) {
        let recorded = self.recorded.lock();
        (recorded.panics, recorded.first_panic.clone())
    }

    /// The message of the last one.
    pub(super) fn last_panic(&self) -> String {
        self.recorded.lock().last_panic.clone()
    }

    fn record(&self, level: u8, message: &str) {
        let mut recorded = self.recorded.lock();
        if let Some(panic) = message.strip_prefix(PANIC) {
            recorded.panics += 1;
            let panic = panic.strip_prefix("panicked at ").unwrap_or(panic);
            panic.clone_into(&mut recorded.last_panic);
            if recorded.panics == 1 {
                panic.clone_into(&mut recorded.first_panic);
            }
        }
        let is_important = level <= LogLevel::Warn as u8;
        if is_important && recorded.lines < LINES_MAX {
            recorded.lines += 1;
            let _ = writeln!(io::stderr(), "the plugin's log: {message}");
        }
    }
}

struct RecordingHost {
    recorder: Arc<PluginRecorder>,
    /// Until it is taken.
    state: Mutex<Option<RawState>>,
}

// Nothing in here panics: that would abort the process.
impl RawHost for RecordingHost {
    fn setting(&self, key: RStr<'_>) -> ROption<RawSetting> {
        let recorder = &self.recorder;
        let mut recorded = recorder.recorded.lock();
        recorded.settings_read.insert(key.as_str().to_owned());
        let found = recorder.settings.lookup(key.as_str());
        found
            .map(|setting| RawSetting {
                value: setting.value.trim().into(),
                origin: setting.origin.to_string().into(),
            })
            .into()
    }

    fn take_state(&self) -> ROption<RawState> {
        self.state.lock().take().into()
    }

    fn log(&self, level: u8, message: RStr<'_>) {
        self.recorder.record(level, message.as_str());
    }

    // Audit events are for the auditor of a server.
    fn audit(&self, _event: RStr<'_>, _fields: RSlice<'_, RawEntry<'_>>) {}
}
