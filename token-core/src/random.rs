//! The source of randomness.

/// A source of random bytes.
///
/// Passed in, so that tests control the keys.
pub trait Random: Send + 'static {
    /// Fills the buffer with unpredictable bytes.
    ///
    /// # Errors
    /// [`EntropyError`] if the source has none; the content of the buffer is then unspecified.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), EntropyError>;
}

/// The random source of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(buffer).map_err(|error| EntropyError {
            reason: error.to_string(),
        })
    }
}

/// The random source returned no bytes.
#[derive(Clone, Debug, thiserror::Error)]
#[error("no random bytes: {reason}")]
pub struct EntropyError {
    /// The source's own message.
    pub reason: String,
}
