//! The checks that a file must pass before any of its code runs.

pub(crate) mod allow_list;
pub(crate) mod folder;
pub(crate) mod gate;
pub(crate) mod permissions;
pub(crate) mod regular_file;
pub(crate) mod separation;
pub(crate) mod signature;
