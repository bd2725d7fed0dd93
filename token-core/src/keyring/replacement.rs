//! Replacing a key because of its end.

use std::sync::Weak;

use super::Keyring;
use crate::{
    event::RotationCause,
    keys::{ExpiringKey, ExpiringKind},
    store::KeyStore,
};

/// What became of a key that was to be replaced because of its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replacement {
    /// Another key is in force.
    Done,
    /// Another build goes on with the keys, or may do so.
    NotNow,
    /// It could not be replaced, which was reported.
    Failed,
}

impl<S: KeyStore> Keyring<S> {
    /// Replaces a key because of its end, unless it was replaced meanwhile.
    ///
    /// Not while the keys are handed over: a host keeps `/token` from replacing keys then, and knows
    /// nothing of this.
    pub(crate) fn replace_expiring(
        &self,
        kind: ExpiringKind,
        key: &Weak<ExpiringKey>,
    ) -> Replacement {
        let rotated = {
            let mut writer = self.writer.lock();
            if writer.end.is_some() || writer.is_in_succession(self.active.clock()) {
                return Replacement::NotNow;
            }
            if !self.active.has(kind, key) {
                return Replacement::Done;
            }
            self.try_rotate(&mut writer, kind)
        };
        self.report_rotation(kind, RotationCause::Expiry, &rotated);
        match rotated {
            Ok(_) => Replacement::Done,
            Err(_) => Replacement::Failed,
        }
    }
}
