use std::path::PathBuf;

use clap::Subcommand;

/// A tool for profiles of model servers.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum ProfileCommand {
    /// List the profiles that are built in
    List,
    /// Print the data file of a profile, as a start for one's own
    Show {
        /// As in `upstream_profile`
        name: String,
    },
    /// Check a data file, and count what it names
    Check {
        /// As in `upstream_profile_file`
        file: PathBuf,
    },
    /// Print the documentation of a profile in Markdown: what each key opens, what is blocked and why
    Page {
        /// The name of a profile that is built in, or a data file, with a folder or an ending
        profile: PathBuf,
    },
}
