use std::sync::{Arc, Mutex, PoisonError};

use abi_stable::{
    sabi_trait::TD_Opaque,
    std_types::{ROption, RSlice, RStr},
};

use crate::{
    Host, LogLevel, State,
    abi::{RawEntry, RawHost, RawHost_TO, RawSetting, RawState},
};

/// A host with settings, whose log can be read. Clones share the log.
///
/// # Since
/// 1.0
#[derive(Clone, Debug, Default)]
pub struct TestHost {
    settings: Vec<(String, String)>,
    log: Arc<Mutex<Vec<LogLine>>>,
    audited: Arc<Mutex<Vec<AuditRecord>>>,
    state: Arc<Mutex<Option<State>>>,
}

/// One line of a [`TestHost`]'s log.
///
/// # Since
/// 1.0
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct LogLine {
    /// Its severity.
    pub level: LogLevel,
    /// As the plugin wrote it.
    pub message: String,
}

/// What a plugin gave to [`Host::audit`].
///
/// # Since
/// 1.1
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AuditRecord {
    /// The event's name.
    pub event: String,
    /// Names and values, in the plugin's order.
    pub fields: Vec<(String, String)>,
}

impl TestHost {
    /// A host in which nothing is set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same host with one more setting; its origin is `config.properties:1` for the first one, and
    /// so on. The last value of a key counts, as in config.properties.
    #[must_use]
    pub fn with_setting(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((key.into(), value.into()));
        self
    }

    /// The same host with what a predecessor of the plugin handed over.
    #[must_use]
    pub fn with_state(self, state: State) -> Self {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = Some(state);
        self
    }

    /// The argument of a plugin's opening function.
    #[must_use]
    pub fn host(&self) -> Host {
        Host::new(RawHost_TO::from_value(self.clone(), TD_Opaque))
    }

    /// What was given to [`Host::audit`] so far.
    ///
    /// # Since
    /// 1.1
    #[must_use]
    pub fn audited(&self) -> Vec<AuditRecord> {
        let audited = self.audited.lock().unwrap_or_else(PoisonError::into_inner);
        audited.clone()
    }

    /// The lines of the log so far.
    #[must_use]
    pub fn log(&self) -> Vec<LogLine> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.clone()
    }
}

impl RawHost for TestHost {
    fn setting(&self, key: RStr<'_>) -> ROption<RawSetting> {
        let settings = self.settings.iter().zip(1..);
        let found = settings
            .filter(|((name, _), _)| name == key.as_str())
            .last();
        found
            .map(|((_, value), line)| RawSetting {
                value: value.trim().into(),
                origin: format!("config.properties:{line}").into(),
            })
            .into()
    }

    fn take_state(&self) -> ROption<RawState> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.take().map(State::into_raw).into()
    }

    fn log(&self, level: u8, message: RStr<'_>) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.push(LogLine {
            level: level_of(level),
            message: message.as_str().to_owned(),
        });
    }

    fn audit(&self, event: RStr<'_>, fields: RSlice<'_, RawEntry<'_>>) {
        let fields = fields.as_slice().iter();
        let fields = fields.map(|field| (field.key.to_string(), field.value.to_string()));
        let record = AuditRecord {
            event: event.as_str().to_owned(),
            fields: fields.collect(),
        };
        let mut audited = self.audited.lock().unwrap_or_else(PoisonError::into_inner);
        audited.push(record);
    }
}

/// As a server maps it.
const fn level_of(level: u8) -> LogLevel {
    const WARN: u8 = LogLevel::Warn as u8;
    const INFO: u8 = LogLevel::Info as u8;
    match level {
        0..WARN => LogLevel::Error,
        WARN => LogLevel::Warn,
        INFO => LogLevel::Info,
        _ => LogLevel::Debug,
    }
}
