//! What the server is told.
mod properties;
