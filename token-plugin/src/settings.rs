//! The settings of this plugin.

use std::path::Path;

use plugin_api::{Host, PluginError, Setting};
use token_core::{KeyLength, Lifetime};

use crate::key_file::KeyFile;

#[cfg(test)]
mod tests;

/// The plugin's settings, checked.
#[derive(Debug)]
pub(crate) struct Settings {
    /// `token_key_file`; `key_file.json` in the working directory by default.
    pub(crate) key_file: KeyFile,
    /// `token_key_bytes`; 32 by default.
    pub(crate) key_length: KeyLength,
    /// `token_api_returns_key`: whether the response of the endpoint contains the new key; not by default.
    pub(crate) api_returns_key: bool,
    /// `token_rotate_before_expiry_min`; none by default.
    pub(crate) rotate_before: Option<RotateBefore>,
}

/// How long before its end a key is replaced by the plugin itself.
#[derive(Clone, Debug)]
pub(crate) struct RotateBefore {
    pub(crate) time: Lifetime,
    setting: Setting,
}

impl RotateBefore {
    /// Accepts a lifetime of which this is a half at most: a new key is not replaced at once.
    ///
    /// # Errors
    /// Names the setting and where it was set.
    pub(crate) fn check(&self, lifetime: Lifetime) -> Result<(), PluginError> {
        if self.time.micros() <= lifetime.micros() / 2 {
            return Ok(());
        }
        let expected = "expected at most half of token_expiration_min";
        Err(self.setting.invalid(expected))
    }
}

impl Settings {
    /// Reads and checks them.
    ///
    /// # Errors
    /// Names the invalid value, where it was set, and what is valid.
    pub(crate) fn read(host: &Host) -> Result<Self, PluginError> {
        Ok(Self {
            key_file: key_file(host)?,
            key_length: key_length(host)?,
            api_returns_key: api_returns_key(host)?,
            rotate_before: rotate_before(host)?,
        })
    }
}

fn key_file(host: &Host) -> Result<KeyFile, PluginError> {
    match host.setting("token_key_file") {
        Some(setting) => KeyFile::at(Path::new(setting.value()))
            .map_err(|error| setting.invalid(PluginError::from_error(&error).message())),
        None => {
            KeyFile::at(Path::new("key_file.json")).map_err(|error| PluginError::from_error(&error))
        }
    }
}

fn key_length(host: &Host) -> Result<KeyLength, PluginError> {
    let Some(setting) = host.setting("token_key_bytes") else {
        return Ok(KeyLength::default());
    };
    setting.value().parse().map_err(|_| {
        setting.invalid(&format!(
            "expected a whole number from {} to {}",
            KeyLength::MIN_BYTES,
            KeyLength::MAX_BYTES
        ))
    })
}

fn api_returns_key(host: &Host) -> Result<bool, PluginError> {
    let Some(setting) = host.setting("token_api_returns_key") else {
        return Ok(false);
    };
    match setting.value() {
        value if value.eq_ignore_ascii_case("true") => Ok(true),
        value if value.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(setting.invalid("expected true or false")),
    }
}

fn rotate_before(host: &Host) -> Result<Option<RotateBefore>, PluginError> {
    let Some(setting) = host.setting("token_rotate_before_expiry_min") else {
        return Ok(None);
    };
    let minutes: Option<f64> = setting.value().parse().ok();
    if minutes == Some(0.0) {
        return Ok(None);
    }
    match minutes.map(Lifetime::from_minutes) {
        Some(Ok(time)) => Ok(Some(RotateBefore { time, setting })),
        _ => Err(setting.invalid("expected a number of minutes, or 0")),
    }
}
