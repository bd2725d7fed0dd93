//! The three places of a value, the later over the earlier: file, command line, environment.

use std::{
    ffi::OsString,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use super::{
    error::{ConfigError, ConfigWarning},
    file, keys,
    settings::Origin,
    values::Values,
};
use crate::cli::Cli;

/// Everything that was set, before any value is looked at.
pub(super) struct Layers {
    pub(super) file: Option<PathBuf>,
    /// The keys of the file, in its order.
    pub(super) file_keys: Vec<(String, Origin)>,
    pub(super) values: Values,
    pub(super) warnings: Vec<ConfigWarning>,
}

/// Reads the file and lays the command line and the environment over it.
///
/// The order is TorchServe's. The environment counts only if the file, and nothing else, says
/// `enable_envvars_config=true`.
pub(super) fn collect(
    cli: &Cli,
    environment: &dyn Fn(&str) -> Option<OsString>,
    default_file: &Path,
) -> Result<Layers, ConfigError> {
    let mut layers = Layers {
        file: choose_file(cli, environment, default_file),
        file_keys: Vec::new(),
        values: Values::default(),
        warnings: Vec::new(),
    };
    layers.add_file(environment)?;
    layers.add_command_line(cli)?;
    layers.add_environment(environment)?;
    Ok(layers)
}

/// `TS_CONFIG_FILE`, else `--ts-config`, else `config.properties` if it is there.
fn choose_file(
    cli: &Cli,
    environment: &dyn Fn(&str) -> Option<OsString>,
    default_file: &Path,
) -> Option<PathBuf> {
    environment("TS_CONFIG_FILE")
        .map(PathBuf::from)
        .or_else(|| cli.ts_config.clone())
        .or_else(|| is_there(default_file).then(|| default_file.to_owned()))
}

/// Whatever is there must be readable: a link to nowhere is no reason to go on without it.
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

    fn add_command_line(&mut self, cli: &Cli) -> Result<(), ConfigError> {
        let path = |path: &Option<PathBuf>| path.clone().map(PathBuf::into_os_string);
        let switch = |is_on: bool| is_on.then(|| OsString::from("true"));
        let models = (!cli.models.is_empty()).then(|| cli.models.join(",").into());
        let threads = cli.worker_threads.map(|threads| threads.to_string().into());
        for (option, key, value) in [
            ("--plugins-path", "plugins_path", path(&cli.plugins_path)),
            ("--plugins-allow", "plugins_allow", path(&cli.plugins_allow)),
            (
                "--plugins-public-key",
                "plugins_public_key",
                cli.plugins_public_key.clone(),
            ),
            (
                "--plugins-cache-path",
                "plugins_cache_path",
                path(&cli.plugins_cache_path),
            ),
            (
                "--plugins-insecure-permissions",
                "plugins_insecure_permissions",
                switch(cli.plugins_insecure_permissions),
            ),
            ("--model-store", "model_store", path(&cli.model_store)),
            ("--models", "load_models", models),
            ("--worker-threads", "number_of_netty_threads", threads),
            ("--access-log", "access_log", switch(cli.access_log)),
            (
                "--disable-token-auth",
                "disable_token_authorization",
                switch(cli.disable_token_auth),
            ),
            (
                "--require-token-auth",
                "require_token_authorization",
                switch(cli.require_token_auth),
            ),
            (
                "--allow-open-reload",
                "allow_open_reload",
                switch(cli.allow_open_reload),
            ),
            (
                "--watch-plugins",
                "watch_plugins",
                switch(cli.watch_plugins),
            ),
        ] {
            if let Some(value) = value {
                self.set_foreign(key, value, Origin::CommandLine(option))?;
            }
        }
        Ok(())
    }

    fn add_environment(
        &mut self,
        environment: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<(), ConfigError> {
        let is_enabled = self.values.boolean("enable_envvars_config")?;
        // The environment cannot be listed here: asked are the known keys and those of the file.
        let known = keys::OWN
            .iter()
            .chain(keys::TOKEN_PLUGIN)
            .chain(keys::TLS)
            .copied();
        let from_file = self.file_keys.iter().map(|(key, _)| key.as_str());
        let mut asked: Vec<String> = known
            .chain(from_file)
            .filter(|key| *key != "enable_envvars_config")
            .map(str::to_owned)
            .collect();
        asked.sort_unstable();
        asked.dedup();
        for key in asked {
            let set = |variable: String| environment(&variable).map(|value| (variable, value));
            let Some((variable, value)) =
                keys::environment_variables(&key).into_iter().find_map(set)
            else {
                continue;
            };
            if is_enabled {
                self.set_foreign(&key, value, Origin::Environment(variable))?;
            } else if keys::is_own(&key) {
                self.warnings
                    .push(ConfigWarning::EnvironmentIgnored { variable });
            }
        }
        Ok(())
    }

    fn set_foreign(
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
