//! Bytes of any length that both ends know, so that a lost, repeated or exchanged piece is noticed.

use std::sync::LazyLock;

use bytes::Bytes;

/// How many bytes are different before they repeat; no common buffer size divides it.
const PERIOD: usize = 65_521;

/// One period, followed by another.
static PERIODS: LazyLock<Bytes> = LazyLock::new(|| {
    let mut state = 0x2545_f491_u32;
    let period: Vec<u8> = (0..PERIOD)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_le_bytes()[0]
        })
        .collect();
    [period.clone(), period].concat().into()
});

/// The bytes from `position` on, at most one period and at most `length`.
#[must_use]
pub fn piece(position: u64, length: u64) -> Bytes {
    let start = offset(position);
    let length = usize::try_from(length).map_or(PERIOD, |length| length.min(PERIOD));
    PERIODS.slice(start..start + length)
}

/// Compares what arrives with the pattern.
#[derive(Clone, Copy, Debug, Default)]
pub struct Verifier {
    position: u64,
    is_wrong: bool,
}

impl Verifier {
    /// The next bytes.
    pub fn add(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let start = offset(self.position);
            let (now, later) = bytes.split_at(bytes.len().min(PERIOD));
            self.is_wrong |= PERIODS[start..start + now.len()] != *now;
            self.position += u64::try_from(now.len()).expect("64 bits");
            bytes = later;
        }
    }

    /// How many bytes there were, unless one was wrong.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        (!self.is_wrong).then_some(self.position)
    }
}

fn offset(position: u64) -> usize {
    let period = u64::try_from(PERIOD).expect("64 bits");
    usize::try_from(position % period).expect("less than a period")
}
