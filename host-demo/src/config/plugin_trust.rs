//! Conditions that a plugin must fulfil before its code runs.

use std::{env, ffi::OsStr, path::PathBuf, str::FromStr};

use minisign_verify::PublicKey;

/// Which plugins may run, and where they are loaded from.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PluginTrust {
    /// Whether a plugin that other users can write is loaded with a warning instead of refused.
    pub insecure_permissions: bool,
    /// The file that lists the only plugins that may be loaded, with their digests; not yet read.
    pub allow_list: Option<PathBuf>,
    /// The public key that must verify the signature of every plugin.
    pub public_key: Option<PublicKeySource>,
    /// The folder for the copies that are loaded.
    pub cache_path: Option<PathBuf>,
    /// The folder that systemd made for this run of the server (`$RUNTIME_DIRECTORY`).
    pub runtime_path: Option<PathBuf>,
}

/// A public key of minisign, or the file that holds it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PublicKeySource {
    /// The key itself.
    Key(PublicKey),
    /// A file as `minisign -G` writes it; not yet read.
    File(PathBuf),
}

impl FromStr for PublicKeySource {
    /// What would be right.
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() || text.contains('\0') {
            return Err("a public key of minisign or a file that holds it");
        }
        let key = PublicKey::from_base64(text);
        Ok(key.map_or_else(|_| Self::File(PathBuf::from(text)), Self::Key))
    }
}

/// `$RUNTIME_DIRECTORY` holds several paths if the service asked for several.
pub(super) fn first_of_list(paths: &OsStr) -> Option<PathBuf> {
    env::split_paths(paths).find(|path| path.is_absolute())
}

#[cfg(test)]
mod tests;
