//! `cargo xtask install-plugin`: builds a plugin and copies it into the plugins folder.

use std::{
    ffi::OsStr,
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use tempfile::Builder;

use crate::{
    cargo::{Artifacts, Profile},
    error::{ErrorContext as _, TaskError},
    repository,
};

#[cfg(test)]
mod tests;

/// Build a plugin of this repository and copy it into the plugins folder
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Package of the plugin, such as token-plugin or secret-token
    name: String,

    /// Build without optimizations
    #[arg(long)]
    debug: bool,

    /// Plugins folder, relative to the repository
    #[arg(long, value_name = "DIR", default_value = "plugins")]
    plugins_path: PathBuf,
}

/// Builds and installs.
///
/// # Errors
/// The build failed, or the folder cannot be written to.
pub(crate) fn run(options: &Options) -> Result<ExitCode, TaskError> {
    let package = format!("--package={}", options.name);
    let artifacts = Artifacts::build(Profile::of(!options.debug), &[&package])?;
    let folder = repository::root().join(&options.plugins_path);
    let installed = install(artifacts.library(&options.name)?, &folder)?;
    println!("{}", installed.display());
    println!("A running server loads it at the next reload: send SIGHUP or POST /plugins/reload.");
    Ok(ExitCode::SUCCESS)
}

/// Copies a library into a folder atomically, so that a host that has loaded the old file keeps it
/// unchanged.
///
/// # Errors
/// The library cannot be read, or the folder cannot be written to.
pub(crate) fn install(library: &Path, folder: &Path) -> Result<PathBuf, TaskError> {
    let target = folder.join(library.file_name().unwrap_or_else(|| OsStr::new("plugin")));
    move_copy(library, &target, folder)
        .context(|| format!("installing {} as {}", library.display(), target.display()))?;
    Ok(target)
}

fn move_copy(library: &Path, target: &Path, folder: &Path) -> io::Result<()> {
    // The host ignores hidden files, should it be started meanwhile.
    let mut copy = Builder::new().prefix(".install-").tempfile_in(folder)?;
    io::copy(&mut fs::File::open(library)?, copy.as_file_mut())?;
    copy.as_file()
        .set_permissions(Permissions::from_mode(0o644))?;
    copy.persist(target).map_err(|error| error.error)?;
    Ok(())
}
