use std::path::PathBuf;

use clap::Subcommand;

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
}
