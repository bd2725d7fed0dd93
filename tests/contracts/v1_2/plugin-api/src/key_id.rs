use std::num::NonZeroU64;

/// With fewer random bytes in a key, the id would help to guess the key.
const RANDOM_BYTES_MIN: usize = 16;

/// The id of a key, for [`Request::identify`](crate::Request::identify): a number that stands for the key where the
/// key itself must not appear.
///
/// It is the first 8 bytes of the SHA-256 digest of the key's text, most significant byte first. So it is the same on
/// every replica and in every plugin, and its owner can compute it with `printf %s KEY | sha256sum | cut -c1-16`.
///
/// `None` for a key of fewer than 16 random bytes, which the id would help to guess.
///
/// ```
/// use plugin_api::key_id;
///
/// // The SHA-256 digest of a key, computed by any library.
/// let digest = [
///     0x2b, 0xd8, 0x06, 0xc9, 0x7f, 0x0e, 0x00, 0xaf, 0x1a, 0x1f, 0xc3, 0x32, 0x8f, 0xa7, 0x63, 0xa9,
///     0x26, 0x97, 0x23, 0xc8, 0xdb, 0x8f, 0xac, 0x4f, 0x93, 0xaf, 0x71, 0xdb, 0x18, 0x6d, 0x6e, 0x90,
/// ];
/// let id = key_id(&digest, 32).unwrap();
/// assert_eq!(format!("{id:016x}"), "2bd806c97f0e00af");
///
/// // A key of 6 random bytes.
/// assert_eq!(key_id(&digest, 6), None);
/// ```
///
/// # Arguments
/// `sha256`: the digest of the key as clients send it. `random_bytes`: how many random bytes the key was made of.
///
/// # Since
/// 1.1
#[must_use]
pub const fn key_id(sha256: &[u8; 32], random_bytes: usize) -> Option<NonZeroU64> {
    if random_bytes < RANDOM_BYTES_MIN {
        return None;
    }
    name_id(sha256)
}

/// The id of a caller whose name is not secret, such as the subject of a signed token: computed in the same way, from
/// the SHA-256 digest of the name.
///
/// # Since
/// 1.1
#[must_use]
pub const fn name_id(sha256: &[u8; 32]) -> Option<NonZeroU64> {
    let [b0, b1, b2, b3, b4, b5, b6, b7, ..] = *sha256;
    NonZeroU64::new(u64::from_be_bytes([b0, b1, b2, b3, b4, b5, b6, b7]))
}

#[cfg(test)]
mod tests;
