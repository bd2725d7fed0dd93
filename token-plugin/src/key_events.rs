//! Log lines and audit events about the keys; never with a key.

use std::{error::Error, path::PathBuf};

use plugin_api::{Host, PluginError};
use token_core::{KeyEvent, KeyId};

/// Logs and audits changes of the keys in the key file at this path.
pub(crate) fn report_to(host: Host, path: PathBuf) -> impl Fn(&KeyEvent<'_>) + Send + Sync {
    let log = host.log();
    move |event| {
        audit(&host, event);
        match event {
            // A key file is never read: keys are in force because they were written.
            KeyEvent::Generated { .. } | KeyEvent::Loaded => {
                log.info(&format!("keys written to {}", path.display()));
            }
            KeyEvent::Rotated { kind, expiry, .. } => log.info(&format!(
                "{kind} key replaced; the new one expires at {}",
                expiry.text()
            )),
            KeyEvent::RotationFailed { kind, error } => {
                log.error(&format!("{kind} key not replaced: {}", with_causes(*error)));
            }
            KeyEvent::TakenOver => log.info("keys taken over from the previous build"),
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
        KeyEvent::Generated { ids } => {
            for (kind, id) in ids {
                let (key, id) = (kind.as_str(), id_text(*id));
                host.audit("key_generated", &[("key", key), ("id", &id)]);
            }
        }
        KeyEvent::Rotated { kind, id, expiry } => host.audit(
            "key_rotated",
            &[
                ("key", kind.as_str()),
                ("result", "done"),
                ("id", &id_text(*id)),
                ("expires", &expiry.text()),
            ],
        ),
        KeyEvent::RotationFailed { kind, .. } => host.audit(
            "key_rotated",
            &[("key", kind.as_str()), ("result", "failed")],
        ),
        KeyEvent::Loaded
        | KeyEvent::TakenOver
        | KeyEvent::TakeOverFailed { .. }
        | KeyEvent::CloseFailed { .. } => {}
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
