//! Where the configuration comes from, so that it can be read again.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::{
    command_line::CommandLine,
    error::ConfigError,
    layers::{self, DEFAULT_FILE, Layers},
};

/// Looks up one environment variable, for example `|name| std::env::var_os(name)`.
pub type Environment = fn(&str) -> Option<OsString>;

/// The command line and the environment of this process, which name the configuration file.
#[derive(Clone, Debug)]
pub struct ConfigSource {
    command_line: CommandLine,
    environment: Environment,
}

impl ConfigSource {
    /// Reads nothing yet.
    #[must_use]
    pub const fn new(command_line: CommandLine, environment: Environment) -> Self {
        Self {
            command_line,
            environment,
        }
    }

    pub(super) const fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Reads the file, or where none is given the one that the command line or the environment names.
    pub(super) fn layers(&self, file: Option<PathBuf>) -> Result<Layers, ConfigError> {
        let (command_line, environment) = (&self.command_line, &self.environment);
        let file = file
            .or_else(|| layers::choose_file(command_line, environment, Path::new(DEFAULT_FILE)));
        layers::collect(command_line, environment, file)
    }
}
