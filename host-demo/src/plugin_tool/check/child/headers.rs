//! Requests that every plugin must deny.

use plugin_api::TokenType;

use super::{
    keys::Keys,
    requests::{KINDS, Made},
};
use crate::plugin_tool::check::outcome::Outcome;
use crate::plugins::TokenPlugin;

/// An unknown key, in TorchServe's length and in this project's.
pub(super) const UNKNOWN: [&str; 2] = ["AAAAAAAA", "conformance-check-conformance-check-0000000"];

/// Without the header.
pub(super) fn missing(token: &TokenPlugin) -> Outcome {
    all_denied(token, &[(&[], "no header")])
}

/// With a header that RFC 6750 does not allow; with a valid key in it if one is known.
pub(super) fn malformed(token: &TokenPlugin, keys: Option<&Keys>) -> Outcome {
    for key in good_or_unknown(keys) {
        let bare = key.clone();
        let basic = format!("Basic {key}");
        let two = format!("Bearer {key} {key}");
        let cases: [(&[&str], &str); 5] = [
            (&[""], "an empty header"),
            (&["Bearer"], "a scheme without a key"),
            (&[&bare], "a key without a scheme"),
            (&[&basic], "the scheme Basic"),
            (&[&two], "two keys in one header"),
        ];
        let outcome = all_denied(token, &cases);
        if outcome != Outcome::ok("") {
            return outcome;
        }
    }
    Outcome::ok("")
}

/// With an unknown key, for all three kinds.
pub(super) fn unknown(token: &TokenPlugin) -> Outcome {
    for key in UNKNOWN {
        let header = format!("Bearer {key}");
        let outcome = all_denied(token, &[(&[&header], "an unknown key")]);
        if outcome != Outcome::ok("") {
            return outcome;
        }
    }
    Outcome::ok("")
}

/// With the header twice; with a valid key in it if one is known.
pub(super) fn repeated(token: &TokenPlugin, keys: Option<&Keys>) -> Outcome {
    for key in good_or_unknown(keys) {
        let header = format!("Bearer {key}");
        let cases: [(&[&str], &str); 2] = [
            (&[&header, &header], "the header twice"),
            (&[&header, "Bearer x"], "two different headers"),
        ];
        let outcome = all_denied(token, &cases);
        if outcome != Outcome::ok("") {
            return outcome;
        }
    }
    Outcome::ok("")
}

/// A token type of a later contract, with valid keys if some are known.
pub(super) fn unknown_type(token: &TokenPlugin, asked: &[Made]) -> Outcome {
    let later = TokenType::from_number(u32::MAX);
    let allowed = |request: &Made| request.verdict(token, later).allows();
    if asked.iter().any(allowed) {
        return Outcome::failed("a token type that no contract names is allowed");
    }
    Outcome::ok("")
}

/// If the credentials are not in the header, every header has the verdict of no header.
pub(super) fn ignored(token: &TokenPlugin) -> Outcome {
    let without = Made::with_authorization(&[]);
    let key = format!("Bearer {}", UNKNOWN[1]);
    for headers in [&[""][..], &["Basic x"], &[&key], &[&key, &key]] {
        let request = Made::with_authorization(headers);
        let differs =
            |kind: &TokenType| request.verdict(token, *kind) != without.verdict(token, *kind);
        if let Some(kind) = KINDS.into_iter().find(differs) {
            return Outcome::failed(format!(
                "the Authorization header changes the verdict for {kind}: expected --kind tokens"
            ));
        }
    }
    Outcome::ok("")
}

fn good_or_unknown(keys: Option<&Keys>) -> Vec<String> {
    keys.map_or_else(
        || UNKNOWN.map(str::to_owned).to_vec(),
        |keys| KINDS.map(|kind| keys.of(kind).to_owned()).to_vec(),
    )
}

/// The headers of each case, and its name.
fn all_denied(token: &TokenPlugin, cases: &[(&[&str], &str)]) -> Outcome {
    for (headers, name) in cases {
        let request = Made::with_authorization(headers);
        let allowed: Vec<_> = KINDS
            .into_iter()
            .filter(|kind| request.verdict(token, *kind).allows())
            .map(TokenType::as_str)
            .collect();
        if !allowed.is_empty() {
            let hint = if token.makes_keys() {
                ""
            } else {
                ": give --kind none if the credentials are not in the Authorization header"
            };
            return Outcome::failed(format!(
                "{name} is allowed for {}{hint}",
                allowed.join(", ")
            ));
        }
    }
    Outcome::ok("")
}
