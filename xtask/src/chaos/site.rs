//! The folder in which the servers of one run live.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, chown},
    path::{Path, PathBuf},
};

use rustix::process::geteuid;
use tempfile::TempDir;

use crate::error::{ErrorContext as _, TaskError};

/// The user that servers run as when this process is root, for whom limits of threads do not count.
const NOBODY: u32 = 65_534;

const CONFIGURATION: &str = "\
inference_address=http://127.0.0.1:0
management_address=http://127.0.0.1:0
metrics_address=http://127.0.0.1:0
token_expiration_min=1440
shutdown_timeout_sec=5
";

/// Program, plugin and configuration, where nothing else is.
#[derive(Debug)]
pub(super) struct Site {
    folder: TempDir,
    /// The bytes of the plugin.
    library: Vec<u8>,
    library_name: PathBuf,
}

impl Site {
    /// Copies what a server needs.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub(super) fn create(program: &Path, library: &Path) -> Result<Self, TaskError> {
        let folder = TempDir::with_prefix("chaos-").context(|| "creating a folder")?;
        let site = Self {
            library: fs::read(library).context(|| format!("reading {}", library.display()))?,
            library_name: library.file_name().unwrap_or_default().into(),
            folder,
        };
        for (path, mode) in [
            (site.path(), 0o755),
            (&site.plugins(), 0o755),
            (&site.work(), 0o700),
        ] {
            fs::create_dir_all(path)
                .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(mode)))
                .context(|| format!("creating {}", path.display()))?;
        }
        if Self::user().is_some() {
            chown(site.work(), Self::user(), Self::user()).context(|| "giving away a folder")?;
        }
        fs::copy(program, site.program()).context(|| format!("copying {}", program.display()))?;
        site.install_plugin(0)?;
        site.configure("")?;
        Ok(site)
    }

    /// The user that the server runs as, if not that of this process.
    pub(super) fn user() -> Option<u32> {
        geteuid().is_root().then_some(NOBODY)
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn program(&self) -> PathBuf {
        self.path().join("host-demo")
    }

    pub(super) fn plugins(&self) -> PathBuf {
        self.path().join("plugins")
    }

    /// The working directory of the server, which it can write to.
    pub(super) fn work(&self) -> PathBuf {
        self.path().join("work")
    }

    pub(super) fn key_file(&self) -> PathBuf {
        self.work().join("key_file.json")
    }

    pub(super) fn configuration(&self) -> PathBuf {
        self.path().join("config.properties")
    }

    /// Writes the configuration with more lines.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn configure(&self, more: &str) -> Result<(), TaskError> {
        replace(
            &self.configuration(),
            format!("{CONFIGURATION}{more}").as_bytes(),
        )
    }

    /// Installs a build of the plugin: the same code, and other bytes for every number.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn install_plugin(&self, build: u32) -> Result<(), TaskError> {
        let mut bytes = self.library.clone();
        if build > 0 {
            bytes.extend_from_slice(format!("build {build}").as_bytes());
        }
        replace(&self.plugins().join(&self.library_name), &bytes)
    }

    /// Installs the plugin with some bytes changed.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn install_damaged(&self, damage: impl FnOnce(&mut [u8])) -> Result<(), TaskError> {
        let mut bytes = self.library.clone();
        damage(&mut bytes);
        replace(&self.plugins().join(&self.library_name), &bytes)
    }
}

/// A new file takes the place of the old one, as an installation does it.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), TaskError> {
    let folder = path.parent().unwrap_or(path);
    let write = || {
        let mut file = tempfile::Builder::new()
            .prefix(".new-")
            .tempfile_in(folder)?;
        std::io::Write::write_all(&mut file, bytes)?;
        file.as_file()
            .set_permissions(fs::Permissions::from_mode(0o644))?;
        file.persist(path).map_err(|error| error.error)
    };
    write()
        .map(drop)
        .context(|| format!("writing {}", path.display()))
}
