//! One secret key.

use std::{fmt, num::NonZeroU64};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{
    key_length::KeyLength,
    random::{EntropyError, Random},
};

#[cfg(test)]
mod tests;

/// A number that stands for a key where the key itself must not appear, such as in a log: the first 8
/// bytes of the SHA-256 digest of its text, most significant byte first.
///
/// The same wherever the key is used. Its owner computes it with
/// `printf %s KEY | sha256sum | cut -c1-16`.
pub type KeyId = NonZeroU64;

/// A secret key.
///
/// It cannot be copied, printed or compared with `==`, and its memory is overwritten when it is
/// dropped.
pub struct Key {
    // On the heap, so that moving the key leaves no copy behind.
    text: Zeroizing<Box<[u8]>>,
    id: Option<KeyId>,
}

impl Key {
    /// Makes a new key: random bytes as URL-safe base64 without padding, `[A-Za-z0-9_-]`.
    ///
    /// # Errors
    /// [`KeyError::Entropy`] if there are no random bytes.
    pub fn generate(length: KeyLength, random: &mut dyn Random) -> Result<Self, KeyError> {
        let mut bytes = Zeroizing::new(vec![0; length.bytes()]);
        random.fill(&mut bytes)?;
        let mut text = Zeroizing::new(vec![0; length.characters()].into_boxed_slice());
        URL_SAFE_NO_PAD.encode_slice(&bytes, &mut text)?;
        let id = id_of_generated(&text);
        Ok(Self { text, id })
    }

    /// The key with this text, if it is one that [`generate`](Self::generate) can make.
    #[must_use]
    pub fn from_text(text: &[u8]) -> Option<Self> {
        let is_key = KeyLength::CHARACTERS.contains(&text.len())
            && text
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        is_key.then(|| Self {
            text: Zeroizing::new(text.into()),
            id: id_of_generated(text),
        })
    }

    /// The key with this text, made by another program. It has no id, because its randomness is
    /// unknown. A text of less than 8 bytes matches nothing.
    #[must_use]
    pub fn from_secret_text(text: &[u8]) -> Self {
        Self {
            text: Zeroizing::new(text.into()),
            id: None,
        }
    }

    /// Whether the presented text is this key.
    ///
    /// Takes the same time for every text of the key's length; the length is not secret.
    #[must_use]
    pub fn matches(&self, presented: &[u8]) -> bool {
        presented.len() == self.text.len() && difference(&self.text, presented).ct_eq(&0).into()
    }

    /// The number that stands for this key. A key of less than 16 random bytes has none, because the
    /// number would help to guess it.
    #[must_use]
    pub const fn id(&self) -> Option<KeyId> {
        self.id
    }

    /// The secret text, for a store of the key or for its owner.
    #[must_use]
    pub fn secret_text(&self) -> &[u8] {
        &self.text
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(secret)")
    }
}

/// Why no key could be generated.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The text does not fit the space computed for it.
    #[error("key text")]
    Text(#[from] base64::EncodeSliceError),
}

/// The id of a key whose text is base64 of its random bytes. Takes 45 ns and more: to be computed when
/// the key is made, not when it is checked.
fn id_of_generated(text: &[u8]) -> Option<KeyId> {
    if text.len() < KeyLength::LONG.characters() {
        return None;
    }
    let digest = Sha256::digest(text);
    let first = digest.first_chunk()?;
    KeyId::new(u64::from_be_bytes(*first))
}

/// The bits in which two texts of one length differ, folded into one word; 0 if they are equal.
///
/// Every word of both is read, and no branch depends on their content. By words and not by bytes,
/// because this runs for every request: `subtle` takes 64 ns for the 43 bytes one by one, this takes
/// 4.
fn difference(left: &[u8], right: &[u8]) -> u64 {
    // The last word overlaps the one before it unless the length is a multiple of 8. A text that is
    // shorter than a word matches nothing; `KeyLength::MIN_BYTES` gives 8 characters.
    let (Some(left_end), Some(right_end)) = (left.last_chunk(), right.last_chunk()) else {
        return u64::MAX;
    };
    let (left_words, _) = left.as_chunks();
    let (right_words, _) = right.as_chunks();
    left_words
        .iter()
        .zip(right_words)
        .fold(bits(left_end) ^ bits(right_end), |folded, (left, right)| {
            folded | (bits(left) ^ bits(right))
        })
}

fn bits(word: &[u8; 8]) -> u64 {
    u64::from_ne_bytes(*word)
}
