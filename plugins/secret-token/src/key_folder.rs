//! Reads the keys from their folder: plain files, or a Kubernetes volume, which is read as one generation.
//!
//! Kubernetes puts the files of a secret into a folder of their own, points the link `..data` at it, and replaces that
//! link in one step when the secret changes: `management` is a link to `..data/management`. Reading behind the link's
//! target never mixes two versions of the secret.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use plugin_api::TokenType;
use rustix::fs::{Mode, OFlags};
use thiserror::Error;
use token_core::Key;
use zeroize::Zeroizing;

use crate::{
    key::{self, KEY_BYTES_MAX, KeyError},
    key_set::KeySet,
};

/// The link that Kubernetes replaces.
const GENERATION_LINK: &str = "..data";
/// How often the keys are read again because the secret was replaced meanwhile.
const ATTEMPTS_MAX: u32 = 3;
/// One byte more than a key and its line end may have, so that a longer file is recognized as too long.
const FILE_BYTES_MAX: usize = KEY_BYTES_MAX + "\r\n".len() + 1;
/// Room beyond the longest read, so that the standard library never moves a key to a larger buffer.
const BUFFER_BYTES: usize = 2 * FILE_BYTES_MAX;

/// Reads all three keys.
pub(crate) fn read(folder: &Path) -> Result<KeySet, KeyFolderError> {
    let mut generation = generation(folder);
    for _ in 1..ATTEMPTS_MAX {
        let keys = read_generation(folder, &generation);
        let current = self::generation(folder);
        if current == generation {
            return keys;
        }
        generation = current;
    }
    read_generation(folder, &generation)
}

/// Why the keys cannot be read. Names the file as the operator knows it, and never contains its content.
#[derive(Debug, Error)]
pub(crate) enum KeyFolderError {
    #[error("{path}: the key cannot be read: {source}", path = path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{path}: expected a file with a key in it", path = path.display())]
    NotAFile { path: PathBuf },
    #[error("{path}: {source}", path = path.display())]
    Key { path: PathBuf, source: KeyError },
    #[error(
        "{folder}: the files {first} and {second} contain the same key: expected three different keys",
        folder = folder.display()
    )]
    Equal {
        folder: PathBuf,
        first: &'static str,
        second: &'static str,
    },
}

/// The folder that holds the files now.
fn generation(folder: &Path) -> PathBuf {
    let target = fs::read_link(folder.join(GENERATION_LINK));
    target.map_or_else(|_| folder.to_owned(), |target| folder.join(target))
}

fn read_generation(folder: &Path, generation: &Path) -> Result<KeySet, KeyFolderError> {
    let key = |token_type| read_key(folder, generation, token_type);
    let management = key(TokenType::MANAGEMENT)?;
    let inference = key(TokenType::INFERENCE)?;
    let api = key(TokenType::TOKEN)?;
    KeySet::new(management, inference, api).map_err(|(first, second)| KeyFolderError::Equal {
        folder: folder.to_owned(),
        first: file_name(first),
        second: file_name(second),
    })
}

fn read_key(
    folder: &Path,
    generation: &Path,
    token_type: TokenType,
) -> Result<Key, KeyFolderError> {
    let name = file_name(token_type);
    let path = folder.join(name);
    match read_file(&generation.join(name)) {
        Err(source) => Err(KeyFolderError::Read { path, source }),
        Ok(None) => Err(KeyFolderError::NotAFile { path }),
        Ok(Some(content)) => {
            key::parse(&content).map_err(|source| KeyFolderError::Key { path, source })
        }
    }
}

/// The beginning of a regular file; `None` for anything else, which could have no end.
fn read_file(path: &Path) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    // Without NONBLOCK, opening a pipe would wait for its writer.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    if !file.metadata()?.is_file() {
        return Ok(None);
    }
    let mut content = Zeroizing::new(Vec::with_capacity(BUFFER_BYTES));
    let mut beginning = file.take(FILE_BYTES_MAX as u64);
    beginning.read_to_end(&mut content)?;
    Ok(Some(content))
}

/// TorchServe's spelling, but for the key that it calls `token`.
const fn file_name(token_type: TokenType) -> &'static str {
    match token_type {
        TokenType::TOKEN => "api",
        other => other.as_str(),
    }
}

#[cfg(test)]
mod tests;
