//! Keys that a client sends in a path by mistake, and that must not reach a log.

use std::borrow::Cow;

/// Characters of a key of 32 random bytes, which is the default.
const DEFAULT_CHARACTERS: usize = characters(32);

/// What is logged instead.
const REDACTED: &str = "[redacted]";

/// How often a character may be escaped: `%41`, `%2541`, `%252541`.
const ESCAPES_MAX: u32 = 3;

/// Keys of at least so many characters, of 16 random bytes, are recognised within longer text.
const WITHIN_TEXT_CHARACTERS_MIN: usize = characters(16);

/// How many characters of a key may be taken for a part of an escaped one.
const ESCAPED_CHARACTERS: usize = 4;

/// What a key looks like: so many letters, digits, `-` and `_` in a row, with a capital and a small letter
/// among them. A name of a model, a UUID or a hash almost never does. A longer row has a key in it if capitals,
/// small letters and digits change as often as at random: names change at the begin of a word.
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
    last: Option<Kind>,
    /// How often a capital, a small letter or a digit follows another kind of these.
    changes: usize,
}

/// The kinds of characters whose changes are counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Capital,
    Small,
    Digit,
}

impl KeyForm {
    /// `key_bytes` is the number of random bytes in a key (`token_key_bytes`).
    pub(crate) const fn new(key_bytes: usize) -> Self {
        Self {
            characters: characters(key_bytes),
        }
    }

    /// The path with `[redacted]` for what looks like a key, escaped characters (`%41`, `%2541`) included.
    /// Only what is redacted is copied.
    pub(crate) fn redact<'p>(&self, path: &'p str) -> Cow<'p, str> {
        let mut redacted = String::new();
        // Up to here the path was taken over.
        let mut taken = 0;
        let (mut run, mut begin, mut position) = (Run::default(), 0, 0);
        while position <= path.len() {
            let (character, length) = character_at(path.as_bytes(), position, ESCAPES_MAX);
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
        run.has_capital && run.has_small && (is_as_long || self.has_key_within(run))
    }

    const fn has_key_within(self, run: Run) -> bool {
        let configured = self.characters;
        let is_shorter = configured < DEFAULT_CHARACTERS;
        let characters = if is_shorter && configured >= WITHIN_TEXT_CHARACTERS_MIN {
            configured
        } else {
            DEFAULT_CHARACTERS
        };
        run.characters + ESCAPED_CHARACTERS >= characters && run.changes >= characters / 3
    }
}

impl Run {
    fn add(&mut self, character: Option<u8>) {
        self.characters += 1;
        self.has_capital |= character.is_some_and(|one| one.is_ascii_uppercase());
        self.has_small |= character.is_some_and(|one| one.is_ascii_lowercase());
        let kind = character.and_then(Kind::of);
        let is_change = self.last.is_some() && kind.is_some() && self.last != kind;
        self.changes += usize::from(is_change);
        self.last = kind;
    }
}

impl Kind {
    const fn of(character: u8) -> Option<Self> {
        Some(match character {
            b'A'..=b'Z' => Self::Capital,
            b'a'..=b'z' => Self::Small,
            b'0'..=b'9' => Self::Digit,
            _ => return None,
        })
    }
}

/// The length of base64 without padding. The number is not checked yet: the token plugin does that.
const fn characters(key_bytes: usize) -> usize {
    key_bytes.saturating_mul(4).div_ceil(3)
}

const fn is_of_a_key(character: u8) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, b'-' | b'_')
}

/// A character, decoded at most so often, and how many bytes it has in the path; none behind the last one.
fn character_at(path: &[u8], position: usize, escapes_max: u32) -> (Option<u8>, usize) {
    let Some(escapes_max) = escapes_max.checked_sub(1) else {
        return (path.get(position).copied(), 1);
    };
    let (first, length) = character_at(path, position, escapes_max);
    if first != Some(b'%') {
        return (first, length);
    }
    let digit_at = |position: usize| {
        let (character, length) = character_at(path, position, escapes_max);
        (character.and_then(hex_digit), position + length)
    };
    let (high, middle) = digit_at(position + length);
    let (low, end) = digit_at(middle);
    match (high, low) {
        (Some(high), Some(low)) => (Some(high * 16 + low), end - position),
        _ => (first, length),
    }
}

fn hex_digit(character: u8) -> Option<u8> {
    let digit = char::from(character).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests;
