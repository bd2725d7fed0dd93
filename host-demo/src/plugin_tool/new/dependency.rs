//! Where a new crate takes the contract from.

use std::{
    fs, io,
    path::{Path, PathBuf},
    str::FromStr,
};

use crate::plugins::CONTRACT;

/// The `plugin-api` of a new crate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum PluginApi {
    /// A version that cargo finds in its registry.
    Version(String),
    /// A checkout; absolute.
    Path(PathBuf),
}

/// Why neither was meant.
#[derive(Debug, thiserror::Error)]
pub(super) enum PluginApiError {
    #[error(
        "plugin-api {given}: {reason}: expected a version such as {CONTRACT}, or the folder of the crate plugin-api"
    )]
    Unreadable { given: String, reason: io::Error },
    #[error(
        "plugin-api {given}: it holds no crate plugin-api: expected its folder, or a version such as {CONTRACT}"
    )]
    AnotherCrate { given: String },
    #[error(
        "plugin-api {given}: its path has a character that Cargo.toml cannot hold as it is: move the checkout"
    )]
    Character { given: String },
}

impl PluginApi {
    /// The value in `Cargo.toml`.
    pub(super) fn to_toml(&self, features: &str) -> String {
        let place = match self {
            Self::Version(version) => format!("version = \"{version}\""),
            Self::Path(path) => format!("path = \"{}\"", path.display()),
        };
        format!("{{ {place}{features} }}")
    }

    /// For the one who begins.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Version(version) => format!(
                "version {version} of cargo's registry; for a checkout of it give --plugin-api PATH"
            ),
            Self::Path(path) => path.display().to_string(),
        }
    }
}

impl FromStr for PluginApi {
    type Err = PluginApiError;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        if is_version(given) {
            return Ok(Self::Version(given.to_owned()));
        }
        let unreadable = |reason| PluginApiError::Unreadable {
            given: given.to_owned(),
            reason,
        };
        let path = fs::canonicalize(Path::new(given)).map_err(unreadable)?;
        let manifest = fs::read_to_string(path.join("Cargo.toml")).map_err(unreadable)?;
        if !manifest
            .lines()
            .any(|line| line.trim() == "name = \"plugin-api\"")
        {
            return Err(PluginApiError::AnotherCrate {
                given: given.to_owned(),
            });
        }
        let is_plain = |letter: char| !letter.is_control() && letter != '"' && letter != '\\';
        match path.to_str() {
            Some(text) if text.chars().all(is_plain) => Ok(Self::Path(path)),
            _ => Err(PluginApiError::Character {
                given: given.to_owned(),
            }),
        }
    }
}

/// Numbers with dots, nothing else: whatever else is typed is a path.
fn is_version(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split('.').count() <= 3 && text.split('.').all(is_number)
}

#[cfg(test)]
mod tests;
