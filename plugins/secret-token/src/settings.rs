use std::{path::PathBuf, time::Duration};

use plugin_api::{Host, PluginError};

const FOLDER_KEY: &str = "secret_token_path";
const POLL_KEY: &str = "secret_token_poll_sec";
const POLL_DEFAULT: Duration = Duration::from_secs(5);
const POLL_SEC_MIN: f64 = 0.1;
const POLL_SEC_MAX: f64 = 3600.0;

/// The plugin's settings, checked without reading the folder.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) folder: PathBuf,
    /// The time between two readings of the folder.
    pub(crate) poll: Duration,
}

impl Settings {
    pub(crate) fn of(host: &Host) -> Result<Self, PluginError> {
        let folder = host
            .setting(FOLDER_KEY)
            .filter(|setting| !setting.value().is_empty())
            .ok_or_else(|| {
                PluginError::invalid_setting(format!(
                    "{FOLDER_KEY} is not set: expected the folder that holds the files management, \
                     inference and api"
                ))
            })?;
        let poll = match host.setting(POLL_KEY) {
            None => POLL_DEFAULT,
            Some(setting) => parse_poll(setting.value()).ok_or_else(|| {
                setting.invalid(&format!(
                    "expected seconds from {POLL_SEC_MIN} to {POLL_SEC_MAX}"
                ))
            })?,
        };
        Ok(Self {
            folder: folder.value().into(),
            poll,
        })
    }
}

fn parse_poll(text: &str) -> Option<Duration> {
    let seconds: f64 = text.parse().ok()?;
    (POLL_SEC_MIN..=POLL_SEC_MAX)
        .contains(&seconds)
        .then(|| Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests;
