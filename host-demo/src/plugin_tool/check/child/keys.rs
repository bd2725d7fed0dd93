//! The keys that a plugin made, if it wrote them in TorchServe's format.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use plugin_api::TokenType;
use serde::Deserialize;

use super::requests::{KINDS, Made};
use crate::plugin_tool::check::{folders, outcome::Outcome};
use crate::plugins::TokenPlugin;

/// The largest file that is read.
const KEY_FILE_BYTES_MAX: u64 = 64 * 1024;

/// One of each kind. Never printed.
#[derive(Deserialize)]
pub(super) struct Keys {
    management: Member,
    inference: Member,
    #[serde(rename = "API")]
    api: Member,
}

#[derive(Deserialize)]
struct Member {
    key: String,
}

impl Keys {
    /// The key of one of the [`KINDS`].
    pub(super) fn of(&self, kind: TokenType) -> &str {
        let member = match kind {
            TokenType::MANAGEMENT => &self.management,
            TokenType::INFERENCE => &self.inference,
            _ => &self.api,
        };
        &member.key
    }
}

/// The keys of the first file below a folder that has TorchServe's members.
pub(super) fn find(folder: &Path) -> io::Result<Option<Keys>> {
    for name in folders::list(folder)?.keys() {
        let path = folder.join(name);
        let mut text = String::new();
        if path.is_file()
            && File::open(path)
                .and_then(|file| file.take(KEY_FILE_BYTES_MAX).read_to_string(&mut text))
                .is_ok()
            && let Ok(keys) = serde_json::from_str(&text)
        {
            return Ok(Some(keys));
        }
    }
    Ok(None)
}

/// Each key is allowed for its own kind and for no other.
pub(super) fn open_their_own_kind(token: &TokenPlugin, keys: &Keys) -> Outcome {
    for kind in KINDS {
        let request = Made::with_authorization(&[&format!("Bearer {}", keys.of(kind))]);
        for wanted in KINDS {
            let verdict = request.verdict(token, wanted);
            if verdict.allows() != (kind == wanted) {
                return Outcome::failed(format!(
                    "the {kind} key gets {verdict:?} where the {wanted} key is asked for"
                ));
            }
        }
    }
    Outcome::ok("")
}
