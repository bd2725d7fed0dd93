//! The valid names of models and versions.

use std::{borrow::Borrow, fmt, sync::Arc};

use thiserror::Error;

/// A model's name: 1 to 64 of `A-Z a-z 0-9 . _ -`, the first a letter or a digit.
///
/// The rule is that of TorchServe's model archiver. A name is one path segment, a thread's name
/// and a metric's label without any escaping.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ModelName(Arc<str>);

impl ModelName {
    /// Checks the rule.
    ///
    /// # Errors
    ///
    /// [`InvalidName`] says what a name may look like.
    pub fn parse(name: &str) -> Result<Self, InvalidName> {
        check("model name", name).map(Self)
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ModelName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A model's version, for example `1.0`: the same rule as [`ModelName`], but never `all`, which
/// means every version when a model is described.
///
/// Versions are compared as text: `1` and `1.0` are two versions. (TorchServe compares numbers.)
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ModelVersion(Arc<str>);

impl ModelVersion {
    /// Checks the rule.
    ///
    /// # Errors
    ///
    /// [`InvalidName`] says what a version may look like.
    pub fn parse(version: &str) -> Result<Self, InvalidName> {
        if version == ALL_VERSIONS {
            return Err(InvalidName::new(
                "model version",
                version,
                "the name is reserved",
            ));
        }
        check("model version", version).map(Self)
    }

    /// The version as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ModelVersion {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// TorchServe's default version of a model that does not declare one.
impl Default for ModelVersion {
    fn default() -> Self {
        Self(Arc::from("1.0"))
    }
}

impl fmt::Display for ModelVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A model name or version that violates the rule.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{subject} {name:?} is not valid: {rule}")]
pub struct InvalidName {
    subject: &'static str,
    name: String,
    rule: &'static str,
}

impl InvalidName {
    fn new(subject: &'static str, name: &str, rule: &'static str) -> Self {
        let name = name.chars().take(NAME_BYTES_MAX).collect();
        Self {
            subject,
            name,
            rule,
        }
    }
}

fn check(subject: &'static str, name: &str) -> Result<Arc<str>, InvalidName> {
    let characters_fit = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    let starts_well = name.starts_with(|first: char| first.is_ascii_alphanumeric());
    if characters_fit && starts_well && name.len() <= NAME_BYTES_MAX {
        Ok(Arc::from(name))
    } else {
        Err(InvalidName::new(subject, name, RULE))
    }
}

const ALL_VERSIONS: &str = "all";
const NAME_BYTES_MAX: usize = 64;
const RULE: &str = "1 to 64 letters, digits, '.', '_' or '-', the first a letter or a digit";

#[cfg(test)]
mod tests;
