//! Which files this server may replace and lock.

use std::{
    fmt,
    fs::Metadata,
    io,
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::Path,
};

use crate::file_system;

/// Rejects everything at this path that is not a regular file of the user who runs the server. A
/// missing file is accepted.
pub(crate) fn inspect_path(path: &Path) -> Result<(), UnfitFile> {
    match file_system::metadata_at(path) {
        Ok(metadata) => inspect(&metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(UnfitFile::Unreadable(error)),
    }
}

/// As [`inspect_path`], for the metadata of a file.
pub(crate) fn inspect(metadata: &Metadata) -> Result<(), UnfitFile> {
    let kind = metadata.file_type();
    if kind.is_symlink() {
        return Err(UnfitFile::Symlink);
    }
    if kind.is_dir() {
        return Err(UnfitFile::Folder);
    }
    if !kind.is_file() {
        return Err(UnfitFile::Special {
            is_fifo: kind.is_fifo(),
        });
    }
    let user = rustix::process::geteuid().as_raw();
    if metadata.uid() != user {
        return Err(UnfitFile::Owner {
            owner: metadata.uid(),
            user,
        });
    }
    Ok(())
}

/// Identifies a file, whatever its name: two files that exist at the same time differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

impl Identity {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }

    /// Of the file at this path, if there is one; a symlink is not followed.
    pub(crate) fn at(path: &Path) -> io::Result<Option<Self>> {
        match file_system::metadata_at(path) {
            Ok(metadata) => Ok(Some(Self::of(&metadata))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Why a file may be neither replaced nor locked.
#[derive(Debug)]
pub(crate) enum UnfitFile {
    /// A symlink, which may point anywhere.
    Symlink,
    /// A folder.
    Folder,
    /// A fifo, socket or device.
    Special {
        /// Whether it is a fifo.
        is_fifo: bool,
    },
    /// Another user's file.
    Owner {
        /// The user id of its owner.
        owner: u32,
        /// The user id of this process.
        user: u32,
    },
    /// Its metadata cannot be read.
    Unreadable(io::Error),
}

impl fmt::Display for UnfitFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Symlink => formatter.write_str("is a symlink; name the file itself"),
            Self::Folder => formatter.write_str("is a folder; name a file"),
            Self::Special { is_fifo: true } => formatter.write_str("is a fifo, not a regular file"),
            Self::Special { is_fifo: false } => formatter.write_str("is not a regular file"),
            Self::Owner { owner, user } => write!(
                formatter,
                "is owned by user {owner}, and this is user {user}"
            ),
            Self::Unreadable(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for UnfitFile {}
