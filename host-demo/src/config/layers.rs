//! The three sources of a value, of which a later one overrides an earlier one: file, command line,
//! environment.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use super::{
    command_line::CommandLine,
    declaration::environment_variable,
    error::{ConfigError, ConfigWarning},
    file, keys,
    settings::Origin,
    table::{SETTINGS, declarations},
    values::Values,
};

/// The configuration file if none is named.
pub(super) const DEFAULT_FILE: &str = "config.properties";

/// Everything that was set, before any value is parsed.
pub(super) struct Layers {
    pub(super) file: Option<PathBuf>,
    /// The keys of the file, in its order.
    pub(super) file_keys: Vec<(String, Origin)>,
    pub(super) values: Values,
    pub(super) warnings: Vec<ConfigWarning>,
}

/// Reads the file, and lets the command line and the environment override it.
///
/// The order is TorchServe's. The environment is used only if the file itself says
/// `enable_envvars_config=true`.
pub(super) fn collect(
    command_line: &CommandLine,
    environment: &dyn Fn(&str) -> Option<OsString>,
    file: Option<PathBuf>,
) -> Result<Layers, ConfigError> {
    let mut layers = Layers {
        file,
        file_keys: Vec::new(),
        values: Values::default(),
        warnings: Vec::new(),
    };
    layers.add_file(environment)?;
    layers.add_command_line(command_line)?;
    layers.add_environment(environment)?;
    Ok(layers)
}

/// `TS_CONFIG_FILE`, else `--ts-config`, else `config.properties` if it exists.
pub(super) fn choose_file(
    command_line: &CommandLine,
    environment: &dyn Fn(&str) -> Option<OsString>,
    default_file: &Path,
) -> Option<PathBuf> {
    environment("TS_CONFIG_FILE")
        .map(PathBuf::from)
        .or_else(|| command_line.file.clone())
        .or_else(|| is_there(default_file).then(|| default_file.to_owned()))
}

/// A dangling link counts as a file that exists, so that it aborts startup instead of being
/// skipped.
fn is_there(file: &Path) -> bool {
    !matches!(file.symlink_metadata(), Err(error) if error.kind() == ErrorKind::NotFound)
}

impl Layers {
    fn add_file(
        &mut self,
        environment: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<(), ConfigError> {
        let Some(path) = &self.file else {
            return Ok(());
        };
        let (properties, warnings) = file::read(path, environment)?;
        self.warnings.extend(warnings);
        for property in properties {
            let origin = Origin::File {
                path: path.clone(),
                line: property.line,
            };
            if keys::has_no_effect(&property.key) {
                let (key, origin) = (property.key.clone(), origin.clone());
                self.warnings.push(ConfigWarning::NoEffect { key, origin });
            }
            self.values
                .set(&property.key, property.value, origin.clone());
            self.file_keys.push((property.key, origin));
        }
        Ok(())
    }

    fn add_command_line(&mut self, command_line: &CommandLine) -> Result<(), ConfigError> {
        for given in command_line.values() {
            let origin = Origin::CommandLine(given.flag);
            self.set_os_value(given.key, given.value.clone(), origin)?;
        }
        Ok(())
    }

    fn add_environment(
        &mut self,
        environment: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<(), ConfigError> {
        let is_enabled = self.values.value(&SETTINGS.enable_envvars_config)?;
        for (key, variables) in self.environment_variables() {
            let set = |variable: String| environment(&variable).map(|value| (variable, value));
            let Some((variable, value)) = variables.into_iter().find_map(set) else {
                continue;
            };
            if is_enabled {
                self.set_os_value(&key, value, Origin::Environment(variable))?;
            } else if keys::is_declared(&key) {
                self.warnings
                    .push(ConfigWarning::EnvironmentIgnored { variable });
            }
        }
        Ok(())
    }

    /// The variables to look up, by key: the environment cannot be listed here, so these are the
    /// variables of the known keys and of the keys in the file.
    fn environment_variables(&self) -> BTreeMap<String, Vec<String>> {
        let from_file = self.file_keys.iter().map(|(key, _)| key.as_str());
        let mut variables: BTreeMap<String, Vec<String>> = from_file
            .chain(keys::JAVA_KEYSTORE.iter().copied())
            .map(|key| (key.to_owned(), vec![environment_variable(key)]))
            .collect();
        variables.extend(declarations().map(|declaration| {
            let names = declaration.environment_variables().collect();
            (declaration.key.to_owned(), names)
        }));
        variables.remove(SETTINGS.enable_envvars_config.key);
        variables
    }

    fn set_os_value(
        &mut self,
        key: &str,
        value: OsString,
        origin: Origin,
    ) -> Result<(), ConfigError> {
        match value.into_string() {
            Ok(value) => self.values.set(key, value, origin),
            Err(_) => {
                return Err(ConfigError::NotUtf8 {
                    origin,
                    key: key.to_owned(),
                });
            }
        }
        Ok(())
    }
}
