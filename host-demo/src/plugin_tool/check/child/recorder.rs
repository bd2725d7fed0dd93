//! The host as the plugin sees it, which remembers what the plugin asked for and said.

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

/// What `export_plugin!` writes before the words of a panic.
const PANIC: &str = "panic: ";
/// So many lines of the plugin's log are shown.
const LINES_MAX: usize = 20;

/// One plugin's host.
#[derive(Debug)]
pub(super) struct PluginRecorder {
    settings: Arc<Settings>,
    said: Mutex<Said>,
}

#[derive(Debug, Default)]
struct Said {
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
            said: Mutex::default(),
        }
    }

    /// What the opening function takes.
    pub(super) fn host(self: &Arc<Self>) -> RawHostBox {
        RawHost_TO::from_value(RecordingHost(Arc::clone(self)), TD_Opaque)
    }

    /// A server without models.
    pub(super) fn context(&self) -> ServerContext {
        ServerContext::without_models(Arc::clone(&self.settings))
    }

    /// The settings that the plugin asked for, in words.
    pub(super) fn settings_read(&self) -> String {
        let said = self.said.lock();
        if said.settings_read.is_empty() {
            return "reads no settings".to_owned();
        }
        let names: Vec<_> = said.settings_read.iter().map(String::as_str).collect();
        format!("reads {}", names.join(", "))
    }

    /// How many panics there were, and the first one's words.
    pub(super) fn panics(&self) -> (usize, String) {
        let said = self.said.lock();
        (said.panics, said.first_panic.clone())
    }

    /// The last one's words.
    pub(super) fn last_panic(&self) -> String {
        self.said.lock().last_panic.clone()
    }

    fn hear(&self, level: u8, message: &str) {
        let mut said = self.said.lock();
        if let Some(panic) = message.strip_prefix(PANIC) {
            said.panics += 1;
            let panic = panic.strip_prefix("panicked at ").unwrap_or(panic);
            panic.clone_into(&mut said.last_panic);
            if said.panics == 1 {
                panic.clone_into(&mut said.first_panic);
            }
        }
        let is_important = level <= LogLevel::Warn as u8;
        if is_important && said.lines < LINES_MAX {
            said.lines += 1;
            let _ = writeln!(io::stderr(), "the plugin's log: {message}");
        }
    }
}

struct RecordingHost(Arc<PluginRecorder>);

// Nothing in here panics: that would end the process.
impl RawHost for RecordingHost {
    fn setting(&self, key: RStr<'_>) -> ROption<RawSetting> {
        let recorder = &self.0;
        let mut said = recorder.said.lock();
        said.settings_read.insert(key.as_str().to_owned());
        let found = recorder.settings.lookup(key.as_str());
        found
            .map(|setting| RawSetting {
                value: setting.value.trim().into(),
                origin: setting.origin.to_string().into(),
            })
            .into()
    }

    fn take_state(&self) -> ROption<RawState> {
        ROption::RNone
    }

    fn log(&self, level: u8, message: RStr<'_>) {
        self.0.hear(level, message.as_str());
    }

    // The plugin's words are for an auditor of a server.
    fn audit(&self, _event: RStr<'_>, _fields: RSlice<'_, RawEntry<'_>>) {}
}
