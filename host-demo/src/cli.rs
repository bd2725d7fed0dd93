//! The command line: exactly what was typed.
//!
//! Nothing is looked up, read or combined here; [`crate::config::Config::resolve`] does that. Without
//! a subcommand it is the server that runs, and all of its options are flags.

use std::{ffi::OsString, path::PathBuf};

use clap::{Parser, Subcommand};

pub use self::plugin::{PluginCommand, PluginKind, PluginSetting};
use crate::telemetry::{LogFormat, LogLevel};

mod plugin;

const PLUGINS: &str = "Plugins and token authorization";
const MODELS: &str = "Models";
const SERVER: &str = "Server";
const LOGGING: &str = "Logging";

const EXAMPLES: &str = "\
Examples:
  Serve one model, keys required, keys in ./key_file.json:
    host-demo --plugins-path plugins --model-store models --models digits=digits.onnx

  Never start without a token plugin:
    host-demo --plugins-path plugins --require-token-auth

  Check a configuration before a restart, as `nginx -t` does:
    host-demo --ts-config /etc/host-demo/config.properties --check

  Begin a plugin of one's own, and check what was built:
    host-demo plugin new my-token --kind token
    host-demo plugin check target/release/libmy_token.so

Environment:
  TS_CONFIG_FILE    the configuration file; goes before --ts-config
  TS_<KEY>          any key of the configuration file in capitals, for example
                    TS_DISABLE_TOKEN_AUTHORIZATION; only if the file says
                    enable_envvars_config=true; goes before the command line";

/// The options of `host-demo`, with TorchServe's names where TorchServe has them.
#[derive(Clone, Debug, Default, Parser)]
#[command(
    version,
    about,
    after_help = EXAMPLES,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// What to do instead of serving
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Folder of the plugins; every shared library in it is loaded
    #[arg(long, value_name = "DIR", help_heading = PLUGINS)]
    pub plugins_path: Option<PathBuf>,

    /// Load only libraries of this list, which is what `sha256sum` prints for them
    #[arg(long, value_name = "FILE", help_heading = PLUGINS)]
    pub plugins_allow: Option<PathBuf>,

    /// Load only libraries that this minisign key signed, LIBRARY.minisig beside each of them
    #[arg(long, value_name = "FILE|BASE64", help_heading = PLUGINS)]
    pub plugins_public_key: Option<OsString>,

    /// Where to keep the copies that run [default: $RUNTIME_DIRECTORY, else the temporary folder]
    #[arg(long, value_name = "DIR", help_heading = PLUGINS)]
    pub plugins_cache_path: Option<PathBuf>,

    /// Only warn if users other than root and the server's own could replace a plugin
    #[arg(long, help_heading = PLUGINS)]
    pub plugins_insecure_permissions: bool,

    /// Start without asking for keys, even if there is a token plugin
    #[arg(long, help_heading = PLUGINS)]
    pub disable_token_auth: bool,

    /// Refuse to start without a token plugin
    #[arg(long, help_heading = PLUGINS)]
    pub require_token_auth: bool,

    /// Let a reload (SIGHUP) open the server when the token plugin's file is gone
    #[arg(long, help_heading = PLUGINS)]
    pub allow_open_reload: bool,

    /// Reload the plugins when their folder changes, as SIGHUP does
    #[arg(long, help_heading = PLUGINS)]
    pub watch_plugins: bool,

    /// Folder of the model files
    #[arg(long, value_name = "DIR", help_heading = MODELS)]
    pub model_store: Option<PathBuf>,

    /// Model files to load at start, each as NAME=FILE or FILE, or `all`; commas separate
    #[arg(long, value_name = "NAME=FILE", num_args = 1.., help_heading = MODELS)]
    pub models: Vec<String>,

    /// Configuration file in Java's properties syntax [default: config.properties, if there]
    #[arg(long, value_name = "FILE", help_heading = SERVER)]
    pub ts_config: Option<PathBuf>,

    /// Threads that serve connections [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024),
          help_heading = SERVER)]
    pub worker_threads: Option<u16>,

    /// Verify the configuration and the plugins, then exit
    #[arg(long, help_heading = SERVER)]
    pub check: bool,

    /// Shape of the log, which goes to standard error
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = LOGGING)]
    pub log_format: LogFormat,

    /// Least important level that is logged
    #[arg(long, value_enum, default_value_t, value_name = "LEVEL", help_heading = LOGGING)]
    pub log_level: LogLevel,

    /// Write one line for each request to standard output
    #[arg(long, help_heading = LOGGING)]
    pub access_log: bool,
}

/// What the program does instead of serving.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// For people who write plugins: look at one, check one, begin one
    #[command(disable_help_subcommand = true)]
    Plugin {
        /// What is done with it.
        #[command(subcommand)]
        command: PluginCommand,
    },
}

#[cfg(test)]
mod tests;
