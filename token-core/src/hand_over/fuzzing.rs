//! The hand-over for the fuzz targets.

use super::{HAND_OVER_VERSION, HandOver};
use crate::store::Claim;

/// Decodes what a predecessor handed over, and encodes it again; `None` if it is refused.
#[must_use]
pub fn decoded_and_encoded<C: Claim>(bytes: &[u8]) -> Option<Vec<u8>> {
    let decoded = HandOver::<C>::from_bytes::<std::convert::Infallible>(HAND_OVER_VERSION, bytes);
    Some(decoded.ok()?.to_bytes())
}
