//! The source of the contract for a new crate.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{cli::PluginApiSource, plugins::CONTRACT};

/// The package of the contract. Its library is `plugin_api`, a name that belongs to another package of the registry.
const PACKAGE: &str = "endpoint-plugin-api";

/// The contract in the workspace that this program was built from.
const BUILT_FROM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../plugin-api");

/// The `plugin-api` of a new crate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum PluginApi {
    /// A checkout; absolute.
    Path(PathBuf),
    /// A repository that cargo clones.
    Git(String),
    /// A version that cargo finds in its registry.
    Version(String),
}

/// Why the contract cannot be found.
#[derive(Debug, thiserror::Error)]
pub(super) enum PluginApiError {
    #[error(
        "the workspace that this program was built from does not exist any more: give --plugin-api PATH (the folder plugin-api of a \
         checkout), --plugin-api-git URL or --plugin-api-version VERSION"
    )]
    NoWorkspace,
    #[error("--plugin-api {given}: {reason}: expected the folder of the package {PACKAGE}")]
    Unreadable { given: String, reason: io::Error },
    #[error(
        "--plugin-api {given}: it contains another package: expected the folder of the package {PACKAGE}"
    )]
    AnotherPackage { given: String },
    #[error("--plugin-api-version {given}: expected a version such as {CONTRACT}")]
    Version { given: String },
    #[error(
        "{option} {given}: expected a value without quotes, backslashes and control characters"
    )]
    Character { option: &'static str, given: String },
}

impl PluginApi {
    /// The source that was given, or the contract that this program was built with.
    pub(super) fn find(source: &PluginApiSource) -> Result<Self, PluginApiError> {
        Self::find_beside(source, Path::new(BUILT_FROM))
    }

    fn find_beside(source: &PluginApiSource, built_from: &Path) -> Result<Self, PluginApiError> {
        if let Some(path) = &source.plugin_api {
            return Self::in_folder(path);
        }
        if let Some(url) = &source.plugin_api_git {
            return plain("--plugin-api-git", url).map(Self::Git);
        }
        if let Some(version) = &source.plugin_api_version {
            let given = version.clone();
            return if is_version(version) {
                Ok(Self::Version(given))
            } else {
                Err(PluginApiError::Version { given })
            };
        }
        Self::in_folder(built_from).map_err(|_| PluginApiError::NoWorkspace)
    }

    fn in_folder(folder: &Path) -> Result<Self, PluginApiError> {
        let given = || folder.display().to_string();
        let unreadable = |reason| PluginApiError::Unreadable {
            given: given(),
            reason,
        };
        let path = fs::canonicalize(folder).map_err(unreadable)?;
        let manifest = fs::read_to_string(path.join("Cargo.toml")).map_err(unreadable)?;
        let name = format!("name = \"{PACKAGE}\"");
        if !manifest.lines().any(|line| line.trim() == name) {
            return Err(PluginApiError::AnotherPackage { given: given() });
        }
        let text = path.to_str().ok_or_else(|| PluginApiError::Character {
            option: "--plugin-api",
            given: given(),
        })?;
        plain("--plugin-api", text).map(|text| Self::Path(text.into()))
    }

    /// The value in `Cargo.toml`.
    pub(super) fn to_toml(&self, features: &str) -> String {
        let source = match self {
            Self::Path(path) => format!("path = \"{}\"", path.display()),
            Self::Git(url) => format!("git = \"{url}\""),
            Self::Version(version) => format!("version = \"{version}\""),
        };
        format!("{{ package = \"{PACKAGE}\", {source}{features} }}")
    }

    /// For the author.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Git(url) => format!("the package {PACKAGE} of {url}"),
            Self::Version(version) => {
                format!("version {version} of the package {PACKAGE} in cargo's registry")
            }
        }
    }
}

/// Text that `Cargo.toml` can contain between quotes without escaping.
fn plain(option: &'static str, given: &str) -> Result<String, PluginApiError> {
    let is_plain = |letter: char| !letter.is_control() && letter != '"' && letter != '\\';
    if !given.is_empty() && given.chars().all(is_plain) {
        Ok(given.to_owned())
    } else {
        Err(PluginApiError::Character {
            option,
            given: given.escape_debug().to_string(),
        })
    }
}

/// One to three numbers with dots.
fn is_version(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split('.').count() <= 3 && text.split('.').all(is_number)
}

#[cfg(test)]
mod tests;
