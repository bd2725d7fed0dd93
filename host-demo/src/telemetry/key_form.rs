//! Keys that a client sends in a path by mistake, and that must not reach a log.

use std::borrow::Cow;

/// Characters of a key of 32 random bytes, which is the default.
const DEFAULT_CHARACTERS: usize = characters(32);

/// What is logged instead.
const REDACTED: &str = "[redacted]";

/// What a key looks like: so many letters, digits, `-` and `_` in a row, with a capital and a small letter
/// among them. A name of a model, a UUID or a hash almost never does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyForm {
    /// Of a key of the configured length; one of the default length is always recognised.
    characters: usize,
}

/// Characters of a key in a row.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    characters: usize,
    has_capital: bool,
    has_small: bool,
}

impl KeyForm {
    /// `key_bytes` is the number of random bytes in a key (`token_key_bytes`).
    pub(crate) const fn new(key_bytes: usize) -> Self {
        Self {
            characters: characters(key_bytes),
        }
    }

    /// The path with `[redacted]` for what looks like a key, escaped characters (`%41`) included.
    pub(crate) fn redact<'p>(&self, path: &'p str) -> Cow<'p, str> {
        let mut redacted = String::new();
        // Up to here the path was taken over.
        let mut taken = 0;
        let (mut run, mut begin, mut position) = (Run::default(), 0, 0);
        while position <= path.len() {
            let (character, length) = character_at(path.as_bytes(), position);
            if character.is_some_and(is_of_a_key) {
                run.add(character);
            } else {
                if self.is_key(run) {
                    redacted.push_str(path.get(taken..begin).unwrap_or_default());
                    redacted.push_str(REDACTED);
                    taken = position;
                }
                (run, begin) = (Run::default(), position + length);
            }
            position += length;
        }
        if taken == 0 {
            return Cow::Borrowed(path);
        }
        redacted.push_str(path.get(taken..).unwrap_or_default());
        Cow::Owned(redacted)
    }

    const fn is_key(self, run: Run) -> bool {
        let is_as_long = run.characters == self.characters || run.characters == DEFAULT_CHARACTERS;
        is_as_long && run.has_capital && run.has_small
    }
}

impl Run {
    fn add(&mut self, character: Option<u8>) {
        self.characters += 1;
        self.has_capital |= character.is_some_and(|one| one.is_ascii_uppercase());
        self.has_small |= character.is_some_and(|one| one.is_ascii_lowercase());
    }
}

/// The length of base64 without padding. The number is not checked yet: the token plugin does that.
const fn characters(key_bytes: usize) -> usize {
    key_bytes.saturating_mul(4).div_ceil(3)
}

const fn is_of_a_key(character: u8) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, b'-' | b'_')
}

/// A character, decoded, and how many bytes it has in the path; none behind the last one.
fn character_at(path: &[u8], position: usize) -> (Option<u8>, usize) {
    let rest = path.get(position..).unwrap_or_default();
    if let [b'%', high, low, ..] = rest
        && let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low))
    {
        return (Some(high * 16 + low), 3);
    }
    (rest.first().copied(), 1)
}

fn hex_digit(character: u8) -> Option<u8> {
    let digit = char::from(character).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests;
