use std::fmt;

use crate::abi::RawState;

/// What a plugin hands over to its successor: the new build that replaces it while the server runs.
///
/// The host passes it on in memory and does not read it. It is overwritten when it is dropped, so it
/// may hold secrets.
///
/// # Since
/// 1.0
pub struct State {
    raw: RawState,
}

impl State {
    /// `version` is that of the format of `bytes`, so that a successor can reject one that it does not know.
    #[must_use]
    pub fn new(version: u32, bytes: Vec<u8>) -> Self {
        Self {
            raw: RawState {
                version,
                bytes: bytes.into(),
            },
        }
    }

    /// The version of the format.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.raw.version
    }

    /// What was handed over.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.raw.bytes.as_slice()
    }

    pub(crate) fn into_raw(self) -> RawState {
        self.raw
    }
}

impl From<RawState> for State {
    fn from(raw: RawState) -> Self {
        Self { raw }
    }
}

impl fmt::Debug for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("State")
            .field("version", &self.version())
            .finish_non_exhaustive()
    }
}
