//! The contract as a whole: its layout, its numbers, and what the compiler says to authors.

#![expect(clippy::unwrap_used, reason = "what fails here must fail the test")]

mod layout;
mod messages;
mod numbers;
