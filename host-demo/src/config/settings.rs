//! Settings as text, each with its origin.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use super::keys;

/// Where a value came from, for messages.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Origin {
    /// A line of the configuration file.
    File {
        /// The file as it was named.
        path: PathBuf,
        /// The line of the key, counted from 1.
        line: usize,
    },
    /// An option of the command line, without its dashes.
    CommandLine(&'static str),
    /// An environment variable.
    Environment(String),
    /// Nothing was set: the default of the table of settings.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(formatter, "{}:{line}", path.display()),
            Self::CommandLine(option) => write!(formatter, "command line --{option}"),
            Self::Environment(variable) => write!(formatter, "environment variable {variable}"),
            Self::Default => formatter.write_str("default"),
        }
    }
}

/// One value in force.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Setting {
    /// The value, after `$$NAME$$` was replaced.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

/// All values in force by key, including those of the command line and the environment but no
/// secrets: what plugins may read.
///
/// In TorchServe the plugin's context includes the keystore's password.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Settings(BTreeMap<String, Setting>);

impl Settings {
    /// The value in force for a key, if it was set anywhere and is not a secret.
    #[must_use]
    pub fn lookup(&self, key: &str) -> Option<&Setting> {
        self.0.get(key)
    }

    /// All values in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Setting)> {
        self.0.iter().map(|(key, setting)| (key.as_str(), setting))
    }

    /// Sets a value, which overrides any earlier one; a secret is not kept.
    pub(crate) fn set(&mut self, key: &str, value: String, origin: Origin) {
        if !keys::is_secret(key) {
            self.0.insert(key.to_owned(), Setting { value, origin });
        }
    }
}
