//! `cargo xtask install-plugin`: builds a plugin and copies it into the plugins folder, sealed.

use std::{
    ffi::OsStr,
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

use tempfile::{Builder, NamedTempFile};

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

/// Builds and installs. The file is sealed if the server is built in the same profile, which would take
/// minutes here.
///
/// # Errors
/// The build failed, the folder cannot be written to, or the file cannot be sealed.
pub(crate) fn run(options: &Options) -> Result<ExitCode, TaskError> {
    let package = format!("--package={}", options.name);
    let artifacts = Artifacts::build(Profile::of(!options.debug), &[&package])?;
    let library = artifacts.library(&options.name)?;
    let folder = repository::root().join(&options.plugins_path);
    let host = library.with_file_name("host-demo");
    let host = host.is_file().then_some(host);
    let installed = install(library, &folder, host.as_deref())?;
    println!("{}", installed.display());
    if host.is_none() {
        println!("It is not sealed: build host-demo in the same profile first for that.");
    }
    println!("A running server loads it at the next reload: send SIGHUP or POST /plugins/reload.");
    Ok(ExitCode::SUCCESS)
}

/// Copies a library into a folder atomically, so that a host that has loaded the old file keeps it
/// unchanged. The copy is sealed by this host, if there is one.
///
/// # Errors
/// The library cannot be read or sealed, or the folder cannot be written to; the folder is unchanged.
pub(crate) fn install(
    library: &Path,
    folder: &Path,
    host: Option<&Path>,
) -> Result<PathBuf, TaskError> {
    let target = folder.join(library.file_name().unwrap_or_else(|| OsStr::new("plugin")));
    let action = || format!("installing {} as {}", library.display(), target.display());
    let copy = copy(library, folder).context(action)?;
    if let Some(host) = host {
        seal(host, copy.path())?;
    }
    let moved = copy.persist(&target).map_err(|error| error.error);
    moved.context(action)?;
    Ok(target)
}

fn copy(library: &Path, folder: &Path) -> io::Result<NamedTempFile> {
    // The host ignores hidden files, should it be started meanwhile.
    let mut copy = Builder::new().prefix(".install-").tempfile_in(folder)?;
    io::copy(&mut fs::File::open(library)?, copy.as_file_mut())?;
    copy.as_file()
        .set_permissions(Permissions::from_mode(0o644))?;
    Ok(copy)
}

/// Only ELF files can be sealed.
fn seal(host: &Path, file: &Path) -> Result<(), TaskError> {
    if cfg!(not(target_os = "linux")) {
        return Ok(());
    }
    let mut command = Command::new(host);
    command.args(["plugin", "seal"]).arg(file);
    let sealed = command.stdin(Stdio::null()).output();
    let sealed = sealed.context(|| format!("starting {}", host.display()))?;
    if sealed.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&sealed.stderr);
    Err(TaskError::program(
        &format!("{} plugin seal", host.display()),
        errors.trim_end(),
    ))
}
