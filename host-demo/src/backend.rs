//! What answers behind a permit.

pub(crate) mod models;
