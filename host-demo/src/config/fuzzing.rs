//! The configuration for the fuzz targets.

use std::path::Path;

use super::{
    CommandLine, Config, ConfigError,
    address::{DefaultPorts, ListenAddress},
    declaration::{Argument, Flag, Group},
    properties, table,
};

/// Key, value and line of an entry of a file.
pub type Entry = (String, String, usize);

/// The entries of a file.
///
/// # Errors
/// The line and what is wrong with it.
pub fn properties(text: &str) -> Result<Vec<Entry>, (usize, String)> {
    let read = properties::parse(text);
    let read = read.map_err(|error| (error.line, error.to_string()))?;
    let read = read.into_iter();
    Ok(read.map(|one| (one.key, one.value, one.line)).collect())
}

/// An address to listen on.
#[must_use]
pub fn listen_address(text: &str) -> Option<ListenAddress> {
    let ports = DefaultPorts {
        http: 8080,
        https: 8443,
    };
    ListenAddress::parse(text, ports).ok()
}

/// The keys of the table of settings.
pub fn keys() -> impl Iterator<Item = &'static str> {
    table::declarations().map(|declaration| declaration.key)
}

/// The configuration with these settings, each by its place in [`keys`]; no file is read.
///
/// # Errors
/// What aborts the startup.
pub fn resolve<'v>(
    given: impl IntoIterator<Item = (usize, &'v str)>,
) -> Result<Config, ConfigError> {
    let mut command_line = CommandLine::default();
    for (index, value) in given {
        let flag = Flag::new(Group::Server, "fuzzed", Argument::One("VALUE"));
        if let (Some(declaration), Some(flag)) = (table::declarations().nth(index), flag) {
            command_line.set(declaration, &flag, value.into());
        }
    }
    let no_file = Path::new("/nowhere/config.properties");
    Config::resolve_with(&command_line, &|_| None, no_file).map(|(config, _)| config)
}
