//! A clock and randomness that a test controls.

pub use self::{clock::ManualClock, random::CountingRandom};

mod clock;
mod random;
