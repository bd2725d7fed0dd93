//! Temporary files that killed servers left: key files that were written and not renamed any more.

use std::{
    ffi::{OsStr, OsString},
    fs::DirEntry,
    hash::{BuildHasher, Hasher, RandomState},
    os::unix::ffi::OsStrExt,
    path::Path,
};

use crate::{file_system, owned_file::inspect};

#[cfg(test)]
mod tests;

/// The name of a key file until it is complete: a dot, its later name, random characters, and a
/// suffix that no other program uses.
///
/// The name of the key file is part of it, because another server may be writing its key file in the
/// same folder.
#[derive(Debug)]
pub(crate) struct TemporaryName {
    prefix: OsString,
}

impl TemporaryName {
    /// The part after the random characters.
    const SUFFIX: &'static str = ".token-new";

    /// The number of letters and digits between prefix and suffix.
    const RANDOM_CHARACTERS: usize = 6;

    /// For the key file with this name.
    pub(crate) fn beside(key_file: &OsStr) -> Self {
        let mut prefix = OsString::from(".");
        prefix.push(key_file);
        prefix.push(".");
        Self { prefix }
    }

    /// Such a name, most probably one that no file has.
    pub(crate) fn random(&self) -> OsString {
        let mut name = self.prefix.clone();
        // Each state is seeded by the operating system.
        let bits = RandomState::new().build_hasher().finish() & 0xFF_FFFF;
        name.push(format!("{bits:06x}"));
        name.push(Self::SUFFIX);
        name
    }

    /// Deletes the regular files of this user that have such a name. What cannot be examined or
    /// deleted stays: it holds keys that are not valid any more.
    pub(crate) fn remove_all_in(&self, folder: &Path) {
        let Ok(entries) = file_system::entries(folder) else {
            return;
        };
        for entry in entries.take(ENTRIES_MAX).flatten() {
            if self.is_of(&entry.file_name()) && is_own_file(&entry) {
                let _ = file_system::remove(&entry.path());
            }
        }
    }

    fn is_of(&self, name: &OsStr) -> bool {
        name.as_bytes()
            .strip_prefix(self.prefix.as_bytes())
            .and_then(|rest| rest.strip_suffix(Self::SUFFIX.as_bytes()))
            .is_some_and(|random| {
                random.len() == Self::RANDOM_CHARACTERS
                    && random.iter().all(u8::is_ascii_alphanumeric)
            })
    }
}

/// A symlink is not followed.
fn is_own_file(entry: &DirEntry) -> bool {
    entry
        .metadata()
        .is_ok_and(|metadata| inspect(&metadata).is_ok())
}

/// How many entries of the folder are examined, so that the files of others do not delay the start.
const ENTRIES_MAX: usize = 65_536;
