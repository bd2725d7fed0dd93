use std::num::NonZeroU64;

/// The fewest random bytes of a key that has an id: with fewer, the id would help to guess the key.
const RANDOM_BYTES_MIN: usize = 16;

/// The number that stands for a key outside of the plugin that knows it: for
/// [`Request::identify`](crate::Request::identify).
///
/// It is the first 8 bytes of the SHA-256 digest of the key's text, most significant byte first, and so the same on
/// every replica and in every build of every plugin. Its owner computes it with
/// `printf %s KEY | sha256sum | cut -c1-16`.
///
/// A key that was made of fewer than 16 random bytes has none.
///
/// ```
/// use plugin_api::key_id;
///
/// // SHA-256 of the key, by the library of one's choice.
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
/// `sha256`: the digest of the key as it is sent. `random_bytes`: of how many random bytes it was made.
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

/// The same number for a caller whose name is no secret, such as the subject of a signed token: from the SHA-256
/// digest of that name.
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
