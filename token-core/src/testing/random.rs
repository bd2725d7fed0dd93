use crate::{EntropyError, Random};

/// Counts up from byte to byte, so that a test knows every key.
#[derive(Clone, Debug)]
pub struct CountingRandom(u8);

impl CountingRandom {
    /// The first byte.
    #[must_use]
    pub const fn starting_at(first: u8) -> Self {
        Self(first)
    }
}

impl Random for CountingRandom {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        for byte in buffer {
            *byte = self.0;
            self.0 = self.0.wrapping_add(1);
        }
        Ok(())
    }
}
