//! The command line, as it was typed.
//!
//! Nothing is looked up, read or combined here; [`crate::config::Config::resolve`] does that.
//! Without a subcommand the server runs, and all of its options are flags. Those that set a key of
//! the configuration file are declared with it, in the table of settings.

use clap::{Parser, Subcommand};

pub use self::{
    plugin::{CredentialKind, PluginApiSource, PluginCommand, PluginKind, PluginSetting},
    profile::ProfileCommand,
};
use crate::{
    config::{CommandLine, Group},
    telemetry::LogFormat,
};

mod plugin;
mod profile;
mod settings;

const EXAMPLES: &str = "\
Examples:
  Guard a vLLM server that listens on port 8000, keys in ./key_file.json:
    host-demo --plugins-path plugins --upstream http://127.0.0.1:8000 --upstream-profile vllm

  Serve one model, keys required, keys in ./key_file.json:
    host-demo --plugins-path plugins --model-store models --models digits=digits.onnx

  Never start without a token plugin:
    host-demo --plugins-path plugins --require-token-auth

  Check a configuration before a restart, as `nginx -t` does:
    host-demo --ts-config /etc/host-demo/config.properties --check

  Create a plugin, and check what was built:
    host-demo plugin new my-token --kind token
    host-demo plugin check target/release/libmy_token.so

  See what each key opens at a model server behind this one:
    host-demo profile show vllm

Environment:
  TS_CONFIG_FILE    the configuration file; overrides --ts-config
  TS_<KEY>          any key of the configuration file in upper case, for example
                    TS_DISABLE_TOKEN_AUTHORIZATION; overrides the command line and the
                    file, but only if the file contains enable_envvars_config=true";

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

    /// The configuration file and the settings.
    #[command(flatten)]
    pub settings: CommandLine,

    /// Verify the configuration and the plugins, then exit
    #[arg(long, help_heading = Group::Server.heading())]
    pub check: bool,

    /// Shape of the log, which goes to standard error
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT",
          help_heading = Group::Logging.heading(), display_order = 0)]
    pub log_format: LogFormat,
}

/// What the program does instead of serving.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// Tools for authors of plugins: inspect, check or create one
    #[command(disable_help_subcommand = true)]
    Plugin {
        /// The tool.
        #[command(subcommand)]
        command: PluginCommand,
    },
    /// Profiles of model servers: list, show, check or document one
    #[command(disable_help_subcommand = true)]
    Profile {
        /// The tool.
        #[command(subcommand)]
        command: ProfileCommand,
    },
    /// Load a model from standard input within limits; the server starts this for each model
    #[command(hide = true)]
    TryModel {
        /// The server's process
        #[arg(long)]
        server_id: u32,
        /// `model_operators_max`
        #[arg(long)]
        operators_max: usize,
        /// `model_bytes_max`
        #[arg(long)]
        bytes_max: u64,
    },
}

#[cfg(test)]
mod tests;
