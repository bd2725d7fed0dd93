//! The contract as a whole: its layout, and what the compiler says to authors.

mod layout;
