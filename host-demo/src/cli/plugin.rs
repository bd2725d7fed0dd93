use std::{path::PathBuf, str::FromStr};

use clap::{Args, Subcommand, ValueEnum};

/// A tool for authors of plugins.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum PluginCommand {
    /// Print what a plugin declares, without running it
    Inspect {
        /// The shared library
        file: PathBuf,
        /// Print one JSON object instead of text
        #[arg(long)]
        json: bool,
    },
    /// Run a plugin in a separate process and check it against the contract
    Check {
        /// The shared library
        file: PathBuf,
        /// Print one JSON object instead of text
        #[arg(long)]
        json: bool,
        /// Setting that the plugin reads; may be repeated. The plugin works in an empty folder: give
        /// absolute paths
        #[arg(long = "setting", value_name = "KEY=VALUE")]
        settings: Vec<PluginSetting>,
        /// Where the credentials come from that a token plugin checks; by default `keys` or `tokens`, by
        /// whether it makes keys
        #[arg(long, value_enum, value_name = "KIND")]
        kind: Option<CredentialKind>,
        /// Time limit of each check
        #[arg(long, value_name = "SECONDS", default_value_t = 30,
              value_parser = clap::value_parser!(u16).range(1..=3600))]
        time_limit: u16,
    },
    /// Write a digest of what is loaded into a plugin, so that a server refuses a damaged copy
    Seal {
        /// The shared library, which is replaced; seal it before it is signed or listed
        file: PathBuf,
    },
    /// Create a new plugin in a new folder
    New {
        /// Name of the crate, the folder and the endpoint
        name: String,
        /// Kind of the plugin
        #[arg(long, value_enum, default_value_t, value_name = "KIND")]
        kind: PluginKind,
        /// Where the contract comes from
        #[command(flatten)]
        source: PluginApiSource,
    },
    /// The checks themselves, which `check` starts; reports to the socket on standard input
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
        /// As for `check`
        #[arg(long, value_enum, value_name = "KIND")]
        kind: Option<CredentialKind>,
    },
    /// Load a plugin as a server's trial of it; reports to the socket on standard input
    #[command(hide = true)]
    Probe {
        /// The private copy, which is loaded
        copy: PathBuf,
        /// The file in the plugins folder, for messages
        file: PathBuf,
    },
}

/// Where a new plugin takes the contract from. Without any, it is the workspace that this program was built from.
#[derive(Args, Clone, Debug, Default, Eq, PartialEq)]
#[group(multiple = false)]
#[non_exhaustive]
pub struct PluginApiSource {
    /// Build on the contract in this folder: plugin-api of a checkout
    #[arg(long, value_name = "PATH")]
    pub plugin_api: Option<PathBuf>,
    /// Build on the package endpoint-plugin-api of this git repository
    #[arg(long, value_name = "URL")]
    pub plugin_api_git: Option<String>,
    /// Build on this version of the package endpoint-plugin-api in cargo's registry
    #[arg(long, value_name = "VERSION")]
    pub plugin_api_version: Option<String>,
}

/// The kind of a new plugin.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
#[non_exhaustive]
pub enum PluginKind {
    /// Answers requests
    #[default]
    Endpoint,
    /// Decides which requests are allowed
    Token,
}

/// Where the credentials come from that a token plugin checks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
#[non_exhaustive]
pub enum CredentialKind {
    /// Keys that the plugin makes, in the Authorization header
    Keys,
    /// Tokens of another issuer, in the Authorization header
    Tokens,
    /// Not in the Authorization header: client address, client certificate, a proxy's header
    None,
}

/// A setting, as it was typed.
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
