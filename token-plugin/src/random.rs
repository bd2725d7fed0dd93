//! Where randomness comes from.

/// A source of random bytes.
///
/// Passed in, so that tests decide the keys. Used by one rotation at a time.
pub(crate) trait Random: Send + 'static {
    /// Fills the buffer with bytes that nobody can guess.
    ///
    /// # Errors
    /// [`EntropyError`] if the source has none; the buffer then holds nothing of use.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), EntropyError>;
}

/// The random source of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(buffer).map_err(|error| EntropyError {
            reason: error.to_string(),
        })
    }
}

/// The random source gave no bytes.
#[derive(Clone, Debug, thiserror::Error)]
#[error("no random bytes: {reason}")]
pub(crate) struct EntropyError {
    /// What the source said.
    pub(crate) reason: String,
}
