use std::{path::PathBuf, str::FromStr};

use clap::{Subcommand, ValueEnum};

/// What is done with a plugin.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum PluginCommand {
    /// Print what a plugin says of itself, without running it
    Inspect {
        /// The shared library
        file: PathBuf,
        /// Print one JSON object instead of text
        #[arg(long)]
        json: bool,
    },
    /// Run a plugin in a process of its own and check it against the contract
    Check {
        /// The shared library
        file: PathBuf,
        /// Print one JSON object instead of text
        #[arg(long)]
        json: bool,
        /// A setting that the plugin reads; may be repeated. The plugin works in an empty folder, so give
        /// absolute paths
        #[arg(long = "setting", value_name = "KEY=VALUE")]
        settings: Vec<PluginSetting>,
        /// How long each check may take
        #[arg(long, value_name = "SECONDS", default_value_t = 30,
              value_parser = clap::value_parser!(u16).range(1..=3600))]
        time_limit: u16,
    },
    /// Write a plugin of one's own into a new folder
    New {
        /// Name of the crate, the folder and the endpoint
        name: String,
        /// What it is to be
        #[arg(long, value_enum, default_value_t, value_name = "KIND")]
        kind: PluginKind,
        /// Where its plugin-api comes from: a version, or the crate's folder in a checkout
        #[arg(long, value_name = "PATH|VERSION", default_value = PLUGIN_API_DEFAULT)]
        plugin_api: String,
    },
    /// What `check` starts: the checks themselves, told to the socket on standard input
    #[command(hide = true)]
    RunChecks {
        /// The shared library
        file: PathBuf,
        /// As for `check`
        #[arg(long = "setting", value_name = "KEY=VALUE")]
        settings: Vec<PluginSetting>,
        /// A folder for the copy that is loaded
        #[arg(long)]
        copies: PathBuf,
    },
}

/// Every plugin of 1.x loads into every host of 1.x.
const PLUGIN_API_DEFAULT: &str = "1.0";

/// What a new plugin is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
#[non_exhaustive]
pub enum PluginKind {
    /// It answers requests
    #[default]
    Endpoint,
    /// It decides who may reach the server
    Token,
}

/// A setting, as it is typed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PluginSetting {
    /// Before the first `=`.
    pub key: String,
    /// After it.
    pub value: String,
}

impl FromStr for PluginSetting {
    /// What would be right.
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => Ok(Self {
                key: key.trim().to_owned(),
                value: value.to_owned(),
            }),
            _ => Err("expected KEY=VALUE"),
        }
    }
}

impl std::fmt::Display for PluginSetting {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}={}", self.key, self.value)
    }
}
