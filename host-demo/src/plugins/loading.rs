//! From a trusted file to an open plugin.

pub(crate) mod candidate;
pub(crate) mod copied_file;
pub(crate) mod error;
pub(crate) mod file_set;
pub(crate) mod inspect;
pub(crate) mod layout;
pub(crate) mod library;
pub(crate) mod loaded_set;
pub(crate) mod loader;
pub(crate) mod open;
pub(crate) mod open_thread;
pub(crate) mod opened_set;
pub(crate) mod plugin_file;
pub(crate) mod private_copies;
pub(crate) mod probe;
pub(crate) mod registration;
pub(crate) mod seal;
