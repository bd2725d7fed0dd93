//! The ids of keys that the checks report.

use std::num::NonZeroU64;

use plugin_api::{TokenType, name_id};
use sha2::{Digest, Sha256};

use super::{
    headers::UNKNOWN,
    keys::Keys,
    requests::{KINDS, Made},
};
use crate::{plugin_tool::check::outcome::Outcome, plugins::TokenPlugin};

/// A text of fewer characters was not made of 16 random bytes.
const KEY_CHARACTERS_MIN: usize = 16;

/// Each id is the one that the contract defines, of a key that the plugin made.
pub(super) fn run(token: &TokenPlugin, keys: Option<&Keys>) -> Outcome {
    for unknown in UNKNOWN {
        if told(token, unknown).is_some() {
            return Outcome::failed(
                "identifies an unknown key: clients could create any number of time series",
            );
        }
    }
    let mut names = Vec::new();
    for kind in keys.map(|_| KINDS).into_iter().flatten() {
        let Some(key) = keys.map(|keys| keys.of(kind)) else {
            continue;
        };
        let Some(id) = told(token, key) else {
            continue;
        };
        if key.len() < KEY_CHARACTERS_MIN {
            return Outcome::failed(format!(
                "identifies the {kind} key, whose {} characters its id would help to guess",
                key.len()
            ));
        }
        if Some(id) != name_id(&Sha256::digest(key.as_bytes()).into()) {
            return Outcome::failed(format!(
                "the id of the {kind} key is not the beginning of its SHA-256 digest: use plugin_api::key_id"
            ));
        }
        names.push(token.key_name(id).unwrap_or_else(|| format!("{id:016x}")));
    }
    if names.is_empty() {
        return Outcome::ok("identifies none");
    }
    Outcome::ok(format!("names {}", names.join(", ")))
}

/// The id that a check for any type reports.
fn told(token: &TokenPlugin, key: &str) -> Option<NonZeroU64> {
    let request = Made::with_authorization(&[&format!("Bearer {key}")]);
    KINDS.into_iter().find_map(|kind: TokenType| {
        let view = request.view();
        let _ = token.check_token_authorization(&view, kind);
        view.key()
    })
}
