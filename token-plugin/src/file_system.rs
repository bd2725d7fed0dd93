//! All that the key file and its lock do with the file system.
//!
//! In one place, so that a test can let each call fail where it happens.

use std::{
    fs::{self, File, Metadata, Permissions, ReadDir},
    io::{self, Write},
    os::unix::fs::{FileExt, PermissionsExt},
    path::Path,
};

use rustix::{
    fs::{FlockOperation, Mode, OFlags},
    io::Errno,
};

#[cfg(test)]
use self::faults::permit;
#[cfg(not(test))]
use self::no_faults::permit;

#[cfg(test)]
pub(crate) mod faults;
#[cfg(not(test))]
mod no_faults;

/// Opens a file for reading and writing. Does not block and does not follow, in case a fifo or a
/// symlink was put there just now.
pub(crate) fn open(path: &Path, creation: Creation) -> io::Result<File> {
    let always = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let flags = match creation {
        Creation::Never => always,
        Creation::IfMissing => always | OFlags::CREATE,
        Creation::Always => always | OFlags::CREATE | OFlags::EXCL,
    };
    permit("open")?;
    Ok(File::from(rustix::fs::open(path, flags, MODE)?))
}

/// As [`open`], for reading alone.
pub(crate) fn open_to_read(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    permit("open to read")?;
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

/// Whether [`open`] creates the file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Creation {
    /// The file must be there.
    Never,
    /// If there is none.
    IfMissing,
    /// There must be none.
    Always,
}

/// Readable and writable for its owner alone, whatever the umask removed when it was created.
pub(crate) fn set_mode(file: &File) -> io::Result<()> {
    permit("set mode")?;
    file.set_permissions(Permissions::from_mode(MODE.bits()))
}

/// Appends these bytes to what was written to a new file.
pub(crate) fn write(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    permit("write")?;
    file.write_all(bytes)
}

/// Replaces what is in the file by these bytes.
///
/// The old content is overwritten before the rest is cut off: a reader finds no empty file.
pub(crate) fn overwrite(file: &File, bytes: &[u8]) -> io::Result<()> {
    permit("overwrite")?;
    file.write_all_at(bytes, 0)?;
    permit("cut off")?;
    file.set_len(bytes.len() as u64)
}

/// Reads the beginning of the file, as far as it fits.
pub(crate) fn read<'a>(file: &File, buffer: &'a mut [u8]) -> io::Result<&'a [u8]> {
    permit("read")?;
    let length = file.read_at(buffer, 0)?;
    Ok(buffer.get(..length).unwrap_or_default())
}

/// Waits until the content is on the disk.
pub(crate) fn sync(file: &File) -> io::Result<()> {
    permit("sync")?;
    file.sync_all()
}

/// Waits until the names of the folder's files are on the disk.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    permit("open folder")?;
    let folder = File::open(folder)?;
    permit("sync folder")?;
    folder.sync_all()
}

/// Moves a file over another one, atomically.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    permit("rename")?;
    fs::rename(from, to)
}

/// Deletes a file.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    permit("remove")?;
    fs::remove_file(path)
}

/// Of an open file.
pub(crate) fn metadata(file: &File) -> io::Result<Metadata> {
    permit("stat file")?;
    file.metadata()
}

/// Of what is at this path, a symlink not followed.
pub(crate) fn metadata_at(path: &Path) -> io::Result<Metadata> {
    permit("stat path")?;
    path.symlink_metadata()
}

/// The entries of a folder.
pub(crate) fn entries(folder: &Path) -> io::Result<ReadDir> {
    permit("list")?;
    fs::read_dir(folder)
}

/// Acquires a lock of an open file without waiting, and returns whether it was acquired. It ends when
/// the file is closed, and with the process, however that ends.
///
/// Not by the standard library, which does not specify what happens to a lock that is already held.
pub(crate) fn lock(file: &File, lock: Lock) -> io::Result<bool> {
    let operation = match lock {
        Lock::Exclusive => FlockOperation::NonBlockingLockExclusive,
        Lock::Shared => FlockOperation::NonBlockingLockShared,
    };
    permit("lock")?;
    match rustix::fs::flock(file, operation) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// How a file is locked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lock {
    /// Nobody else has a lock.
    Exclusive,
    /// Others may have shared ones.
    Shared,
}

/// Of all files: for their owner alone, from the first byte.
const MODE: Mode = Mode::RUSR.union(Mode::WUSR);
