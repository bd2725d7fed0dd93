//! The contract as a whole: its layout, and what the compiler says to authors.

#![expect(clippy::unwrap_used, reason = "what fails here must fail the test")]

mod layout;
mod messages;
