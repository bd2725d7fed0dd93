//! Values in force, from text to types.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use super::{
    declaration::{Defaulted, Optional},
    error::ConfigError,
    keys,
    parse::{Invalid, Parser},
    settings::{Origin, Setting},
};

const SHOWN_CHARACTERS_MAX: usize = 80;

/// All values by key; a later call of [`Values::set`] overrides an earlier one. `Debug` shows none:
/// there may be secrets among them.
#[derive(Clone, Default)]
pub(super) struct Values(BTreeMap<String, Setting>);

impl Values {
    pub(super) fn set(&mut self, key: &str, value: String, origin: Origin) {
        self.0.insert(key.to_owned(), Setting { value, origin });
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Setting)> {
        self.0.iter().map(|(key, setting)| (key.as_str(), setting))
    }

    /// What was set for a key, if anything was.
    pub(super) fn given(&self, key: &str) -> Option<&Setting> {
        self.0.get(key)
    }

    /// Sets what `other` has for a key: its value, or none.
    pub(super) fn take_from(&mut self, other: &Self, key: &str) {
        match other.0.get(key) {
            Some(setting) => self.0.insert(key.to_owned(), setting.clone()),
            None => self.0.remove(key),
        };
    }

    /// These without the secrets that are no settings of the host: nobody reads them.
    pub(super) fn without_secrets(&self) -> Self {
        let mut values = self.clone();
        (values.0).retain(|key, _| !keys::is_secret(key) || keys::is_declared(key));
        values
    }

    /// The value that was set, else the default.
    pub(super) fn value<T>(&self, setting: &Defaulted<T>) -> Result<T, ConfigError> {
        match self.0.get(setting.key) {
            Some(given) => parse(setting.key, given, setting.parse),
            None => {
                let default = Setting {
                    value: setting.default.to_owned(),
                    origin: Origin::Default,
                };
                parse(setting.key, &default, setting.parse)
            }
        }
    }

    /// The value that was set, if there is one.
    pub(super) fn optional<T>(&self, setting: &Optional<T>) -> Result<Option<T>, ConfigError> {
        let given = self.0.get(setting.key);
        given
            .map(|given| parse(setting.key, given, setting.parse))
            .transpose()
    }

    /// The value that was set and where, if there is one.
    pub(super) fn with_origin<T>(
        &self,
        setting: &Optional<T>,
    ) -> Result<Option<(T, Origin)>, ConfigError> {
        let value = self.optional(setting)?;
        Ok(value.zip(self.origin(setting).cloned()))
    }

    /// Where an optional setting was set, if it was.
    pub(super) fn origin<T>(&self, setting: &Optional<T>) -> Option<&Origin> {
        self.0.get(setting.key).map(|given| &given.origin)
    }

    /// Where a switch was set to true, if it was.
    pub(super) fn switched_on(
        &self,
        setting: &Defaulted<bool>,
    ) -> Result<Option<&Origin>, ConfigError> {
        let is_on = self.value(setting)?;
        let given = self.0.get(setting.key).filter(|_| is_on);
        Ok(given.map(|given| &given.origin))
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

/// Only for keys that the host reads itself: none of them holds a secret.
fn parse<T>(key: &str, given: &Setting, parser: Parser<T>) -> Result<T, ConfigError> {
    parser(&given.value).map_err(|Invalid(expected)| ConfigError::Value {
        origin: given.origin.clone(),
        key: key.to_owned(),
        value: shown(&without_password(&given.value)),
        expected: expected.into_owned(),
    })
}

/// The value without what precedes an `@`, as in a URL: it can be a password.
fn without_password(value: &str) -> Cow<'_, str> {
    let (scheme, rest) = match value.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), value),
    };
    match rest.rsplit_once('@') {
        Some((_, host)) => Cow::Owned(format!("{scheme}...@{host}")),
        None => Cow::Borrowed(value),
    }
}

/// The value in quotes, cut if it is long.
fn shown(value: &str) -> String {
    let mut characters = value.chars();
    let start: String = characters.by_ref().take(SHOWN_CHARACTERS_MAX).collect();
    let cut = if characters.next().is_some() {
        "..."
    } else {
        ""
    };
    format!("{start:?}{cut}")
}
