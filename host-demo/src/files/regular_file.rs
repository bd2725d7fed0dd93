//! A file that is opened once, judged by what was opened, and read from that.

use std::{
    fs::{self, File, FileType, Metadata},
    io::{self, Read as _},
    os::{
        fd::OwnedFd,
        unix::fs::{FileTypeExt as _, MetadataExt as _},
    },
    path::Path,
};

use rustix::{
    fs::{Mode, OFlags},
    io::Errno,
};

#[cfg(test)]
mod tests;

/// Opening neither waits for the other end of a pipe nor makes a terminal the server's own.
pub(super) const FLAGS: OFlags = OFlags::RDONLY
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

/// A regular file that is open for reading.
#[derive(Debug)]
pub(crate) struct RegularFile {
    file: File,
    metadata: Metadata,
}

impl RegularFile {
    /// Opens a file; a link is followed.
    ///
    /// # Errors
    /// It cannot be opened, or is not a regular file.
    pub(crate) fn open(path: &Path) -> Result<Self, RegularFileError> {
        // Opening a device can have side effects.
        check_type(fs::metadata(path)?.file_type())?;
        Self::opened(rustix::fs::open(path, FLAGS, Mode::empty())?)
    }

    /// Opens a file that is not a link itself.
    ///
    /// # Errors
    /// As [`Self::open`], or it is a link.
    pub(crate) fn open_without_link(path: &Path) -> Result<Self, RegularFileError> {
        check_type(fs::symlink_metadata(path)?.file_type())?;
        let flags = FLAGS.union(OFlags::NOFOLLOW);
        Self::opened(rustix::fs::open(path, flags, Mode::empty())?)
    }

    /// # Errors
    /// It is not a regular file.
    pub(super) fn opened(descriptor: OwnedFd) -> Result<Self, RegularFileError> {
        let file = File::from(descriptor);
        let metadata = file.metadata()?;
        check_type(metadata.file_type())?;
        Ok(Self { file, metadata })
    }

    /// As it was when the file was opened.
    pub(crate) const fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The rest of the file: all of it, the first time.
    ///
    /// # Errors
    /// It cannot be read, or has more than `bytes_max` bytes.
    pub(crate) fn read(&mut self, bytes_max: u64) -> Result<Vec<u8>, RegularFileError> {
        let announced = self.metadata.len();
        if announced > bytes_max {
            let found = announced;
            return Err(RegularFileError::TooLarge { found, bytes_max });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(announced).unwrap_or_default());
        let mut limited = (&self.file).take(bytes_max.saturating_add(1));
        limited.read_to_end(&mut bytes)?;
        let found = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if found > bytes_max {
            return Err(RegularFileError::TooLarge { found, bytes_max });
        }
        Ok(bytes)
    }

    /// Whether the file was written since it was opened.
    ///
    /// # Errors
    /// From the operating system.
    pub(crate) fn has_changed(&self) -> io::Result<bool> {
        Ok(version_of(&self.file.metadata()?) != version_of(&self.metadata))
    }
}

/// Opens a file, and reads all of it.
///
/// # Errors
/// It cannot be read, is not a regular file, or has more than `bytes_max` bytes.
pub(crate) fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, RegularFileError> {
    RegularFile::open(path)?.read(bytes_max)
}

/// As [`read`], for a text.
///
/// # Errors
/// As [`read`], or it is not UTF-8.
pub(crate) fn read_text(path: &Path, bytes_max: u64) -> Result<String, RegularFileError> {
    let text = String::from_utf8(read(path, bytes_max)?);
    text.map_err(|_| RegularFileError::NotUtf8)
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegularFileError {
    /// From the operating system.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A folder, a pipe, a device.
    #[error("{found}: expected a regular file")]
    NotRegular {
        /// The type of the file.
        found: &'static str,
    },
    /// Over the limit.
    #[error("{found} bytes: expected at most {bytes_max}")]
    TooLarge {
        /// The size of the file in bytes, as far as it was read.
        found: u64,
        /// The limit, in bytes.
        bytes_max: u64,
    },
    /// A text in another encoding.
    #[error("not UTF-8: expected a text in UTF-8")]
    NotUtf8,
}

impl From<Errno> for RegularFileError {
    fn from(error: Errno) -> Self {
        Self::Io(error.into())
    }
}

fn check_type(found: FileType) -> Result<(), RegularFileError> {
    let found = if found.is_file() {
        return Ok(());
    } else if found.is_dir() {
        "a folder"
    } else if found.is_symlink() {
        "a link"
    } else if found.is_fifo() {
        "a pipe"
    } else if found.is_socket() {
        "a socket"
    } else {
        "a device"
    };
    Err(RegularFileError::NotRegular { found })
}

/// The attributes that change when a file is written.
fn version_of(metadata: &Metadata) -> (u64, i64, i64) {
    (metadata.len(), metadata.mtime(), metadata.mtime_nsec())
}
