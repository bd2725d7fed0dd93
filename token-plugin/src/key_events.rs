//! Log lines and audit events about the keys; never with a key.

use std::{error::Error, path::PathBuf};

use plugin_api::{Host, PluginError};
use token_core::{KeyEnds, KeyEvent, KeyId, RotationCause};

/// Logs and audits changes of the keys in the key file at this path.
pub(crate) fn report_to(host: Host, path: PathBuf) -> impl Fn(&KeyEvent<'_>) + Send + Sync {
    let log = host.log();
    move |event| {
        audit(&host, event);
        match event {
            // A key file is never read: keys are in force because they were written.
            KeyEvent::Generated { ends, .. } | KeyEvent::Loaded { ends } => {
                log.info(&format!("keys written to {}", path.display()));
                log.info(&lifetimes(ends));
            }
            KeyEvent::Rotated {
                kind,
                expiry,
                cause,
                ..
            } => log.info(&format!(
                "{kind} key replaced{}; the new one expires at {}",
                match cause {
                    RotationCause::Requested => "",
                    RotationCause::Expiry => " because of its end",
                },
                expiry.text()
            )),
            KeyEvent::RotationFailed { kind, error, .. } => {
                log.error(&format!("{kind} key not replaced: {}", with_causes(*error)));
            }
            KeyEvent::ExpiresSoon { kind, expiry } => log.warn(&format!(
                "{kind} key expires at {}, and requests with it are rejected from then on: GET \
                 /token?type={kind} with the API key replaces it",
                expiry.text()
            )),
            KeyEvent::Expired { kind, expiry } => log.warn(&format!(
                "{kind} key expired at {}, and requests with it are rejected: GET \
                 /token?type={kind} with the API key makes a new one",
                expiry.text()
            )),
            KeyEvent::TakenOver { ends } => {
                log.info("keys taken over from the previous build");
                log.info(&lifetimes(ends));
            }
            KeyEvent::TakeOverFailed { error } => log.warn(&format!(
                "keys of the previous build not taken over: {}",
                with_causes(*error)
            )),
            KeyEvent::CloseFailed { error } => log.error(&with_causes(*error)),
        }
    }
}

/// `key_generated` for each key that is made with the others, `key_rotated` for one that is replaced.
fn audit(host: &Host, event: &KeyEvent<'_>) {
    match event {
        KeyEvent::Generated { ids, .. } => {
            for (kind, id) in ids {
                let (key, id) = (kind.as_str(), id_text(*id));
                host.audit("key_generated", &[("key", key), ("id", &id)]);
            }
        }
        KeyEvent::Rotated {
            kind,
            id,
            expiry,
            cause,
        } => host.audit(
            "key_rotated",
            &[
                ("key", kind.as_str()),
                ("result", "done"),
                ("cause", cause_text(*cause)),
                ("id", &id_text(*id)),
                ("expires", &expiry.text()),
            ],
        ),
        KeyEvent::RotationFailed { kind, cause, .. } => host.audit(
            "key_rotated",
            &[
                ("key", kind.as_str()),
                ("result", "failed"),
                ("cause", cause_text(*cause)),
            ],
        ),
        KeyEvent::Loaded { .. }
        | KeyEvent::ExpiresSoon { .. }
        | KeyEvent::Expired { .. }
        | KeyEvent::TakenOver { .. }
        | KeyEvent::TakeOverFailed { .. }
        | KeyEvent::CloseFailed { .. } => {}
    }
}

fn lifetimes(ends: &KeyEnds) -> String {
    let KeyEnds {
        management,
        inference,
    } = ends;
    format!("management key expires at {management}, inference key at {inference}")
}

const fn cause_text(cause: RotationCause) -> &'static str {
    match cause {
        RotationCause::Requested => "requested",
        RotationCause::Expiry => "expiry",
    }
}

/// In one line.
fn with_causes(error: &dyn Error) -> String {
    PluginError::from_error(error).to_string()
}

/// As `sha256sum` shows it; empty for a key without an id.
fn id_text(id: Option<KeyId>) -> String {
    id.map_or_else(String::new, |id| format!("{id:016x}"))
}
