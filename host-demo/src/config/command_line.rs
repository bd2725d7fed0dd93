//! What the command line says about the configuration.

use std::{ffi::OsString, path::PathBuf};

use super::declaration::{Declaration, Flag};

/// The options that name the configuration file or set one of its keys, as they were typed.
#[derive(Clone, Debug, Default)]
pub struct CommandLine {
    /// The configuration file.
    pub file: Option<PathBuf>,
    values: Vec<FlagValue>,
}

/// The value of one flag.
#[derive(Clone, Debug)]
pub(crate) struct FlagValue {
    pub(crate) key: &'static str,
    pub(crate) flag: &'static str,
    pub(crate) value: OsString,
}

impl CommandLine {
    /// One that names the configuration file and sets nothing.
    #[must_use]
    pub fn with_file(file: PathBuf) -> Self {
        Self {
            file: Some(file),
            ..Self::default()
        }
    }

    /// Sets what a flag of the table of settings says.
    pub(crate) fn set(&mut self, declaration: &Declaration, flag: &Flag, value: OsString) {
        self.values.push(FlagValue {
            key: declaration.key,
            flag: flag.name,
            value,
        });
    }

    pub(crate) fn values(&self) -> &[FlagValue] {
        &self.values
    }
}
