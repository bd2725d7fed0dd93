//! The operator's list of the only libraries that may be loaded, in the format of `sha256sum`.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    path::{Path, PathBuf},
};

use super::{
    permissions::Rules,
    regular_file::{self, FileError},
};
use crate::plugins::digest::Sha256;

#[cfg(test)]
mod tests;

/// The largest list that is read, in bytes.
const LIST_BYTES_MAX: u64 = 1024 * 1024;
/// Length of the digest, with which a line begins.
const DIGEST_CHARACTERS: usize = 64;

/// File names, each with the digests that the file may have.
#[derive(Debug)]
pub(crate) struct AllowList {
    path: PathBuf,
    digests: BTreeMap<String, Vec<Sha256>>,
}

impl AllowList {
    /// Reads the list; the permission rules for plugins apply to it, too.
    ///
    /// # Errors
    /// It cannot be read, others may write it, or a line is not in the format of `sha256sum`.
    pub(crate) fn read(path: &Path, rules: &Rules) -> Result<Self, AllowListError> {
        let text = regular_file::read_elsewhere(path, LIST_BYTES_MAX, rules)?;
        Self::parse(path, &text)
    }

    /// The list with this text; `path` is for errors.
    ///
    /// # Errors
    /// A line is not in the format of `sha256sum`.
    pub(crate) fn parse(path: &Path, text: &[u8]) -> Result<Self, AllowListError> {
        Ok(Self {
            path: path.to_owned(),
            digests: parse(text)?,
        })
    }

    /// Whether a file with this name may have this digest.
    ///
    /// # Errors
    /// The name is not in the list, or only with other digests.
    pub(crate) fn check(&self, name: &OsStr, found: Sha256) -> Result<(), NotAllowed> {
        let expected = name.to_str().and_then(|name| self.digests.get(name));
        let list = self.path.clone();
        match expected {
            Some(expected) if expected.contains(&found) => Ok(()),
            Some(expected) => Err(NotAllowed::OtherDigest {
                found: found.to_string(),
                expected: join(expected),
                list,
            }),
            None => Err(NotAllowed::NotListed {
                found: found.to_string(),
                name: name.to_string_lossy().into_owned(),
                list,
            }),
        }
    }
}

/// Why a list cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AllowListError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A line is malformed.
    #[error(
        "line {line}: {problem}: expected <64 hexadecimal digits>  <file name>, as printed by sha256sum in the plugins folder"
    )]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// Why a library is not loaded although it is complete.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotAllowed {
    /// Its name is not in the list.
    #[error("not listed in {}: remove the file, or add the line \"{found}  {name}\"", list.display())]
    NotListed {
        /// The digest of the file.
        found: String,
        /// The file's name.
        name: String,
        /// The list.
        list: PathBuf,
    },
    /// It is not the file that was listed.
    #[error("its sha256 is {found}: expected {expected}, as listed in {}: restore the listed file, or list this digest too", list.display())]
    OtherDigest {
        /// The digest of the file.
        found: String,
        /// Those that are listed.
        expected: String,
        /// The list.
        list: PathBuf,
    },
}

/// A name may be in the list with several digests: that of an old build and that of the next one.
fn parse(text: &[u8]) -> Result<BTreeMap<String, Vec<Sha256>>, AllowListError> {
    let mut digests: BTreeMap<String, Vec<Sha256>> = BTreeMap::new();
    for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
        let entry = parse_line(line).map_err(|problem| AllowListError::Line {
            line: index + 1,
            problem,
        })?;
        if let Some((name, digest)) = entry {
            digests.entry(name.to_owned()).or_default().push(digest);
        }
    }
    Ok(digests)
}

fn parse_line(line: &[u8]) -> Result<Option<(&str, Sha256)>, &'static str> {
    let line = std::str::from_utf8(line).map_err(|_| "not UTF-8")?;
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.trim().is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    if line.starts_with('\\') {
        return Err("a file name with special characters");
    }
    let (digest, rest) = line
        .split_at_checked(DIGEST_CHARACTERS)
        .ok_or("missing sha256")?;
    let digest = digest.parse().map_err(|_| "missing sha256")?;
    let name = rest
        .strip_prefix("  ")
        .or_else(|| rest.strip_prefix(" *"))
        .ok_or("missing two spaces after the sha256")?;
    if name.is_empty() {
        return Err("missing file name");
    }
    if name.contains('/') {
        return Err("a file name with a folder");
    }
    Ok(Some((name, digest)))
}

fn join(digests: &[Sha256]) -> String {
    let digests: Vec<String> = digests.iter().map(Sha256::to_string).collect();
    digests.join(" or ")
}
