//! Values in force, from text to types.

use std::{collections::BTreeMap, ops::RangeInclusive, path::PathBuf, str::FromStr};

use super::{
    address::{InvalidListenAddress, ListenAddress},
    error::ConfigError,
    settings::{Origin, Setting},
};

const SHOWN_CHARACTERS_MAX: usize = 80;

/// All values by key, those of later calls over those of earlier ones. No `Debug`: there may be
/// secrets among them.
#[derive(Default)]
pub(super) struct Values(BTreeMap<String, Setting>);

impl Values {
    pub(super) fn set(&mut self, key: &str, value: String, origin: Origin) {
        self.0.insert(key.to_owned(), Setting { value, origin });
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Setting)> {
        self.0.iter().map(|(key, setting)| (key.as_str(), setting))
    }

    pub(super) fn origin(&self, key: &str) -> Option<&Origin> {
        self.0.get(key).map(|setting| &setting.origin)
    }

    /// A value that says itself what would be right.
    pub(super) fn parse<T>(&self, key: &str) -> Result<Option<T>, ConfigError>
    where
        T: FromStr<Err = &'static str>,
    {
        self.read(key, |value| value.parse())
    }

    /// `true` or `false` in any case. TorchServe takes everything else as false; here it stops the
    /// start, because a word like `yes` may have been meant to lock a door.
    pub(super) fn boolean(&self, key: &str) -> Result<bool, ConfigError> {
        let value = self.read(key, |value| match value {
            _ if value.eq_ignore_ascii_case("true") => Ok(true),
            _ if value.eq_ignore_ascii_case("false") => Ok(false),
            _ => Err("true or false"),
        })?;
        Ok(value.unwrap_or(false))
    }

    /// Where a switch was set to true, if it was.
    pub(super) fn switched_on(&self, key: &str) -> Result<Option<&Origin>, ConfigError> {
        Ok(if self.boolean(key)? {
            self.origin(key)
        } else {
            None
        })
    }

    /// A whole number within bounds.
    pub(super) fn count(
        &self,
        key: &str,
        bounds: RangeInclusive<u32>,
    ) -> Result<Option<u32>, ConfigError> {
        let Some(setting) = self.0.get(key) else {
            return Ok(None);
        };
        match setting.value.parse() {
            Ok(count) if bounds.contains(&count) => Ok(Some(count)),
            _ => {
                let expected =
                    format!("a whole number from {} to {}", bounds.start(), bounds.end());
                Err(invalid(key, setting, expected))
            }
        }
    }

    /// A path as it is written; a relative one is relative to the working directory.
    pub(super) fn path(&self, key: &str) -> Result<Option<PathBuf>, ConfigError> {
        self.read(key, |value| match value {
            "" => Err("a path"),
            _ if value.contains('\0') => Err("a path without NUL"),
            _ => Ok(PathBuf::from(value)),
        })
    }

    /// An address to listen on.
    pub(super) fn address(&self, key: &str) -> Result<Option<ListenAddress>, ConfigError> {
        let Some(setting) = self.0.get(key) else {
            return Ok(None);
        };
        match setting.value.parse() {
            Ok(address) => Ok(Some(address)),
            Err(InvalidListenAddress::Tls) => Err(ConfigError::Tls {
                origin: setting.origin.clone(),
                key: key.to_owned(),
            }),
            Err(error) => Err(invalid(key, setting, error.to_string())),
        }
    }

    fn read<T>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, &'static str>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(setting) = self.0.get(key) else {
            return Ok(None);
        };
        parse(&setting.value)
            .map(Some)
            .map_err(|expected| invalid(key, setting, expected.to_owned()))
    }
}

/// Only for keys the host reads itself: none of them holds a secret.
fn invalid(key: &str, setting: &Setting, expected: String) -> ConfigError {
    let mut characters = setting.value.chars();
    let shown: String = characters.by_ref().take(SHOWN_CHARACTERS_MAX).collect();
    let cut = if characters.next().is_some() {
        "..."
    } else {
        ""
    };
    ConfigError::Value {
        origin: setting.origin.clone(),
        key: key.to_owned(),
        value: format!("{shown:?}{cut}"),
        expected,
    }
}
