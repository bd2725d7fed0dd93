//! Who may own and write the files that are loaded: the rules of OpenSSH's `StrictModes`.
//!
//! A user who can write or replace a plugin can execute code in the server. So owner and mode are
//! checked, of the file and of every folder above it.

use std::{
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use crate::{config::PluginTrust, plugins::log_target::PLUGINS};

#[cfg(test)]
mod tests;

const ROOT: u32 = 0;
const WRITABLE_BY_OTHERS: u32 = 0o022;
const STICKY: u32 = 0o1000;
const PERMISSIONS: u32 = 0o7777;

/// The rules, and whether a violation is an error or a warning.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    server_user: u32,
    only_warn: bool,
}

impl Rules {
    /// The rules for the user that runs this process.
    pub(crate) fn new(trust: &PluginTrust) -> Self {
        Self {
            server_user: rustix::process::geteuid().as_raw(),
            only_warn: trust.insecure_permissions,
        }
    }

    #[cfg(test)]
    pub(crate) const fn of_user(server_user: u32) -> Self {
        Self {
            server_user,
            only_warn: false,
        }
    }

    #[cfg(test)]
    pub(crate) const fn server_user(&self) -> u32 {
        self.server_user
    }

    /// Checks an open file. The path is for the message.
    pub(crate) fn check_file(
        &self,
        path: &Path,
        metadata: &Metadata,
    ) -> Result<(), PermissionError> {
        if !self.trusts(metadata.uid()) {
            self.reject_or_warn(PermissionError::FileOwner {
                path: path.to_owned(),
                found: metadata.uid(),
                expected: self.server_user,
            })?;
        }
        if metadata.mode() & WRITABLE_BY_OTHERS != 0 {
            self.reject_or_warn(PermissionError::FileMode {
                path: path.to_owned(),
                found: metadata.mode() & PERMISSIONS,
            })?;
        }
        Ok(())
    }

    /// Checks a folder from which something is loaded.
    pub(crate) fn check_folder(
        &self,
        path: &Path,
        metadata: &Metadata,
    ) -> Result<(), PermissionError> {
        self.check_owner_of_folder(path, metadata)?;
        self.check_mode_of_folder(path, metadata)
    }

    /// Checks every folder above a canonical path, up to the root.
    ///
    /// Others may write a sticky folder of root such as `/tmp`: in it they cannot replace the files
    /// of other users.
    pub(crate) fn check_parents(&self, path: &Path) -> Result<(), PermissionError> {
        for folder in path.ancestors().skip(1) {
            let metadata =
                fs::symlink_metadata(folder).map_err(|reason| PermissionError::Unknown {
                    path: folder.to_owned(),
                    reason,
                })?;
            self.check_owner_of_folder(folder, &metadata)?;
            let is_sticky = metadata.mode() & STICKY != 0 && metadata.uid() == ROOT;
            if !is_sticky {
                self.check_mode_of_folder(folder, &metadata)?;
            }
        }
        Ok(())
    }

    const fn trusts(&self, user: u32) -> bool {
        user == ROOT || user == self.server_user
    }

    fn check_owner_of_folder(
        &self,
        path: &Path,
        metadata: &Metadata,
    ) -> Result<(), PermissionError> {
        if self.trusts(metadata.uid()) {
            return Ok(());
        }
        self.reject_or_warn(PermissionError::FolderOwner {
            path: path.to_owned(),
            found: metadata.uid(),
            expected: self.server_user,
        })
    }

    fn check_mode_of_folder(
        &self,
        path: &Path,
        metadata: &Metadata,
    ) -> Result<(), PermissionError> {
        if metadata.mode() & WRITABLE_BY_OTHERS == 0 {
            return Ok(());
        }
        self.reject_or_warn(PermissionError::FolderMode {
            path: path.to_owned(),
            found: metadata.mode() & PERMISSIONS,
        })
    }

    fn reject_or_warn(&self, error: PermissionError) -> Result<(), PermissionError> {
        if !self.only_warn {
            return Err(error);
        }
        tracing::warn!(target: PLUGINS, "accepted because of --plugins-insecure-permissions: {error}");
        Ok(())
    }
}

/// Which rule is violated, by what, and the command that corrects it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PermissionError {
    /// The file belongs to another user, who can change it at any time.
    #[error("owned by user {found}: expected root or user {expected}, who runs the server: chown {expected} {}", path.display())]
    FileOwner {
        /// The file.
        path: PathBuf,
        /// Its owner.
        found: u32,
        /// The user of the server.
        expected: u32,
    },
    /// Other users than its owner can change the file.
    #[error("mode {found:04o}: expected no write permission for group and others: chmod go-w {}", path.display())]
    FileMode {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        found: u32,
    },
    /// The folder belongs to another user, who can replace the files in it.
    #[error("folder {} is owned by user {found}: expected root or user {expected}, who runs the server: chown {expected} {}", path.display(), path.display())]
    FolderOwner {
        /// The folder.
        path: PathBuf,
        /// Its owner.
        found: u32,
        /// The user of the server.
        expected: u32,
    },
    /// Other users than its owner can replace the files in the folder.
    #[error("folder {} has mode {found:04o}: expected no write permission for group and others: chmod go-w {}", path.display(), path.display())]
    FolderMode {
        /// The folder.
        path: PathBuf,
        /// Its permissions.
        found: u32,
    },
    /// A folder cannot be inspected.
    #[error("folder {}: {reason}", path.display())]
    Unknown {
        /// The folder.
        path: PathBuf,
        /// From the operating system.
        reason: io::Error,
    },
}
