//! A file of a folder that no link leads out of.

use std::{
    ffi::{OsStr, OsString},
    os::{fd::OwnedFd, unix::ffi::OsStrExt as _},
    path::{Component, Path},
};

use rustix::{
    fs::{CWD, Mode, OFlags, openat, readlinkat},
    io::Errno,
};

use super::regular_file::{FLAGS, RegularFile, RegularFileError};

/// As many links as the system follows itself.
const LINKS_MAX: usize = 40;
/// How often a name is looked up again because a folder was renamed meanwhile.
#[cfg(target_os = "linux")]
const ATTEMPTS_MAX: usize = 16;

/// Opens a file by its name in a folder. A link is followed as long as it stays in the folder and
/// says where it leads from there: that is how Kubernetes mounts volumes. No change of the folder at
/// the same time leads out of it.
///
/// # Errors
/// There is no such regular file, or its name leads out of the folder.
pub(crate) fn open_beneath(folder: &Path, name: &OsStr) -> Result<RegularFile, BeneathError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = openat(CWD, folder, flags, Mode::empty()).map_err(RegularFileError::from)?;
    match look_up(folder, name) {
        Ok(descriptor) => Ok(RegularFile::opened(descriptor)?),
        Err(Errno::XDEV) => Err(BeneathError::Escapes),
        Err(error) => Err(RegularFileError::from(error).into()),
    }
}

/// Why a file of a folder cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BeneathError {
    /// A link leads out of the folder, or says where it leads from the root.
    #[error("leads out of its folder")]
    Escapes,
    /// Anything else.
    #[error(transparent)]
    File(#[from] RegularFileError),
}

/// In one step where the system has one for it (Linux 5.6), which a filter of system calls may
/// refuse.
#[cfg(target_os = "linux")]
fn look_up(folder: OwnedFd, name: &OsStr) -> Result<OwnedFd, Errno> {
    use rustix::fs::{ResolveFlags, openat2};

    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    for _ in 0..ATTEMPTS_MAX {
        match openat2(&folder, name, FLAGS, Mode::empty(), resolve) {
            Err(Errno::AGAIN) => {}
            Err(Errno::NOSYS | Errno::PERM) => break,
            opened => return opened,
        }
    }
    walk(folder, name)
}

#[cfg(not(target_os = "linux"))]
fn look_up(folder: OwnedFd, name: &OsStr) -> Result<OwnedFd, Errno> {
    walk(folder, name)
}

/// Component by component; every link is read and followed here, never by the system.
pub(super) fn walk(folder: OwnedFd, name: &OsStr) -> Result<OwnedFd, Errno> {
    // The folders from the outermost one to the one that is looked at.
    let mut above = Vec::new();
    let mut current = folder;
    let mut left = components(name)?;
    let mut links = 0;
    while let Some(component) = left.pop() {
        if component == ".." {
            current = above.pop().ok_or(Errno::XDEV)?;
            continue;
        }
        match readlinkat(&current, &component, Vec::new()) {
            Ok(target) => {
                links += 1;
                if links > LINKS_MAX {
                    return Err(Errno::LOOP);
                }
                left.extend(components(OsStr::from_bytes(target.as_bytes()))?);
                continue;
            }
            Err(Errno::INVAL) => {}
            Err(error) => return Err(error),
        }
        let flags = if left.is_empty() {
            FLAGS
        } else {
            FLAGS.union(OFlags::DIRECTORY)
        };
        let flags = flags.union(OFlags::NOFOLLOW);
        let opened = openat(&current, &component, flags, Mode::empty())?;
        above.push(std::mem::replace(&mut current, opened));
    }
    Ok(current)
}

/// The names in a relative path, the first one last.
fn components(path: &OsStr) -> Result<Vec<OsString>, Errno> {
    let mut names = Vec::new();
    for component in Path::new(path).components() {
        match component {
            Component::RootDir | Component::Prefix(_) => return Err(Errno::XDEV),
            Component::CurDir => {}
            Component::ParentDir => names.push("..".into()),
            Component::Normal(name) => names.push(name.to_owned()),
        }
    }
    names.reverse();
    Ok(names)
}

#[cfg(test)]
mod tests;
