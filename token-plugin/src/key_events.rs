//! The log of what happens to the keys; never with a key.

use std::path::PathBuf;

use plugin_api::Log;
use token_core::KeyEvent;

use crate::error_chain::error_chain;

/// Logs what happens to the keys in the key file at this path.
pub(crate) fn log_to(log: Log, path: PathBuf) -> impl Fn(&KeyEvent<'_>) + Send + Sync + 'static {
    move |event| match event {
        // A key file is never read: keys are in force because they were written.
        KeyEvent::Generated { .. } | KeyEvent::Loaded => {
            log.info(&format!("keys written to {}", path.display()));
        }
        KeyEvent::Rotated { kind, expiry, .. } => log.info(&format!(
            "{kind} key replaced; the new one expires at {}",
            expiry.text()
        )),
        KeyEvent::RotationFailed { kind, error } => {
            log.error(&format!("{kind} key not replaced: {}", error_chain(*error)));
        }
        KeyEvent::TakenOver => log.info("keys taken over from the previous build"),
        KeyEvent::TakeOverFailed { error } => log.warn(&format!(
            "keys of the previous build not taken over: {}",
            error_chain(*error)
        )),
        KeyEvent::CloseFailed { error } => log.error(&error_chain(*error)),
    }
}
