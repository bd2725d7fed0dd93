//! The bytes of a body in one piece.

use std::mem;

use bytes::{Bytes, BytesMut};
use memmap2::MmapMut;

use super::byte_budget::BudgetExhausted;

/// From this size on the bytes have memory of their own from the system, which gets it back when they
/// are dropped: the allocator would keep what a burst of large bodies took.
const MAPPED_BYTES_MIN: usize = 256 * 1024;

/// Collects pieces.
#[derive(Debug)]
pub(crate) enum BodyBuffer {
    Small(BytesMut),
    Mapped(MappedBytes),
}

/// Memory of the system, as far as it is filled.
#[derive(Debug)]
pub(crate) struct MappedBytes {
    memory: MmapMut,
    length: usize,
}

impl BodyBuffer {
    pub(crate) fn new() -> Self {
        Self::Small(BytesMut::new())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    /// Makes room for this many bytes in all.
    ///
    /// # Errors
    /// The system has no memory.
    pub(crate) fn reserve(&mut self, bytes: usize) -> Result<(), BudgetExhausted> {
        match self {
            Self::Small(small) if bytes < MAPPED_BYTES_MIN => {
                small.reserve(bytes.saturating_sub(small.len()));
            }
            Self::Mapped(mapped) if bytes <= mapped.memory.len() => {}
            Self::Small(_) | Self::Mapped(_) => {
                *self = Self::Mapped(MappedBytes::with(self.as_slice(), bytes)?);
            }
        }
        Ok(())
    }

    /// Appends a piece.
    ///
    /// # Errors
    /// The system has no memory.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), BudgetExhausted> {
        let needed = self.as_slice().len().saturating_add(piece.len());
        if needed > self.capacity() {
            self.reserve(needed.max(self.capacity().saturating_mul(2)))?;
        }
        match self {
            Self::Small(small) => small.extend_from_slice(piece),
            Self::Mapped(mapped) => mapped.push(piece)?,
        }
        Ok(())
    }

    /// All of it.
    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Self::Small(small) => small.freeze(),
            Self::Mapped(mapped) => Bytes::from_owner(mapped),
        }
    }

    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Small(small) => small,
            Self::Mapped(mapped) => mapped.as_ref(),
        }
    }

    fn capacity(&self) -> usize {
        match self {
            Self::Small(small) => small.capacity(),
            Self::Mapped(mapped) => mapped.memory.len(),
        }
    }
}

impl MappedBytes {
    /// Room for `capacity` bytes, which begin with these.
    fn with(bytes: &[u8], capacity: usize) -> Result<Self, BudgetExhausted> {
        let memory = MmapMut::map_anon(capacity).map_err(|_| BudgetExhausted)?;
        let mut mapped = Self { memory, length: 0 };
        mapped.push(bytes)?;
        Ok(mapped)
    }

    fn push(&mut self, piece: &[u8]) -> Result<(), BudgetExhausted> {
        let end = self.length.saturating_add(piece.len());
        let begin = mem::replace(&mut self.length, end);
        let room = self.memory.get_mut(begin..end).ok_or(BudgetExhausted)?;
        room.copy_from_slice(piece);
        Ok(())
    }
}

impl AsRef<[u8]> for MappedBytes {
    fn as_ref(&self) -> &[u8] {
        self.memory.get(..self.length).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
