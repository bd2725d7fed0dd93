//! The checks of a token plugin, by the kind of its credentials.

use std::{io, path::Path};

use super::{
    blocking,
    checks::Checks,
    concurrent,
    headers::{self, UNKNOWN},
    ids,
    keys::{self, Keys},
    requests::{KINDS, Made},
};
use crate::{
    cli::CredentialKind,
    plugin_tool::check::{names, outcome::Outcome},
    plugins::{TokenPlugin, TokenPluginError},
};

/// How long keys live, in minutes: the server's default.
pub(super) const MINUTES: f64 = 60.0;

const MAKES_NO_KEYS: &str = "makes no keys";
const LOOKS_AT_NO_HEADER: &str = "the credentials are not in the Authorization header";
const NO_KEY_FILE: &str = "no file with keys in TorchServe's form in the working folder";

/// Runs all of them, or reports why one does not apply.
pub(super) fn run(
    checks: &mut Checks,
    token: &TokenPlugin,
    kind: CredentialKind,
) -> io::Result<()> {
    checks.run(names::SET_TIME, || said(token.set_time(MINUTES)))?;
    let mut keys = None;
    if kind == CredentialKind::Keys {
        checks.run(names::GENERATE, || said(token.generate_keys()))?;
        keys = keys::find(Path::new("."))?;
    } else {
        checks.skip(names::GENERATE, MAKES_NO_KEYS)?;
    }
    let keys = keys.as_ref();
    run_header_checks(checks, token, kind, keys)?;
    let asked = questions(keys);
    checks.run(names::UNKNOWN_TYPE, || headers::unknown_type(token, &asked))?;
    let why_no_keys = if kind == CredentialKind::Keys {
        NO_KEY_FILE
    } else {
        MAKES_NO_KEYS
    };
    match keys {
        Some(keys) => checks.run(names::OWN_KEYS, || keys::open_their_own_kind(token, keys))?,
        None => checks.skip(names::OWN_KEYS, why_no_keys)?,
    }
    checks.run(names::KEY_IDS, || ids::run(token, keys))?;
    checks.run(names::RECHECK, || recheck(token, &asked))?;
    checks.run(names::CONCURRENT, || concurrent::run(token, &asked))?;
    checks.run(names::NEVER_BLOCKS, || blocking::run(token))
}

fn run_header_checks(
    checks: &mut Checks,
    token: &TokenPlugin,
    kind: CredentialKind,
    keys: Option<&Keys>,
) -> io::Result<()> {
    if kind == CredentialKind::None {
        for name in [
            names::NO_HEADER,
            names::MALFORMED,
            names::UNKNOWN_KEY,
            names::REPEATED,
        ] {
            checks.skip(name, LOOKS_AT_NO_HEADER)?;
        }
        return checks.run(names::HEADER_IGNORED, || headers::ignored(token));
    }
    checks.run(names::NO_HEADER, || headers::missing(token))?;
    checks.run(names::MALFORMED, || headers::malformed(token, keys))?;
    checks.run(names::UNKNOWN_KEY, || headers::unknown(token))?;
    checks.run(names::REPEATED, || headers::repeated(token, keys))?;
    checks.skip(
        names::HEADER_IGNORED,
        "the credentials are in the Authorization header",
    )
}

/// A second check of a request, as while its response is sent, has the verdict of the first.
fn recheck(token: &TokenPlugin, asked: &[Made]) -> Outcome {
    for request in asked {
        for kind in KINDS {
            let first = request.verdict(token, kind);
            let again = token.check_token_authorization(&request.view().for_recheck(), kind);
            if first != again {
                return Outcome::failed(format!(
                    "{first:?} becomes {again:?} in a second check for the {kind} key"
                ));
            }
        }
    }
    Outcome::ok("")
}

/// Requests with every kind of header that a server receives, with valid keys if some are known.
fn questions(keys: Option<&Keys>) -> Vec<Made> {
    let mut headers: Vec<_> = UNKNOWN.iter().map(|key| format!("Bearer {key}")).collect();
    headers.push("Basic x".to_owned());
    headers.extend(
        keys.into_iter()
            .flat_map(|keys| KINDS.map(|kind| format!("Bearer {}", keys.of(kind)))),
    );
    let mut asked = vec![Made::with_authorization(&[])];
    asked.extend(
        headers
            .iter()
            .map(|header| Made::with_authorization(&[header])),
    );
    asked
}

/// The plugin's own message in an error of the three functions.
fn said(done: Result<(), TokenPluginError>) -> Outcome {
    match done {
        Ok(()) => Outcome::ok(""),
        Err(error) => Outcome::failed(error.message),
    }
}
