//! The hand-over of a key file for the fuzz targets.

use super::claim::KeyFileClaim;

/// Decodes what a predecessor handed over, and encodes it again; `None` if it is refused.
#[must_use]
pub fn decoded_and_encoded(hand_over: &[u8]) -> Option<Vec<u8>> {
    token_core::fuzzing::decoded_and_encoded::<KeyFileClaim>(hand_over)
}
