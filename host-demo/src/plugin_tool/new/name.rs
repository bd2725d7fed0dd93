//! The valid names of a crate, its library and its url pattern.

use std::{
    env::consts::{DLL_PREFIX, DLL_SUFFIX},
    str::FromStr,
};

/// The limit of the registries.
const NAME_BYTES_MAX: usize = 64;

/// Names that cargo refuses, and those of crates that a new plugin needs.
const TAKEN: [&str; 14] = [
    "alloc",
    "arc-swap",
    "core",
    "endpoint-plugin-api",
    "getrandom",
    "plugin-api",
    "proc-macro",
    "proc_macro",
    "plugin_api",
    "sha2",
    "std",
    "subtle",
    "tempfile",
    "test",
];

/// The keywords of Rust, strict and reserved.
const KEYWORDS: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// A name that is valid for a crate and for the first segment of a path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct CrateName(String);

impl CrateName {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The file that cargo builds.
    pub(super) fn library(&self) -> String {
        format!("{DLL_PREFIX}{}{DLL_SUFFIX}", self.0.replace('-', "_"))
    }
}

/// Why a name is not valid.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum NameError {
    #[error(
        "name {0:?}: expected a letter, then letters, digits, - and _, at most {NAME_BYTES_MAX} bytes"
    )]
    Form(String),
    #[error("name {0:?}: it is reserved by Rust or by the contract: choose another one")]
    Taken(String),
}

impl FromStr for CrateName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let begins_well = text.starts_with(|first: char| first.is_ascii_alphabetic());
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if !begins_well || text.len() > NAME_BYTES_MAX || !text.bytes().all(is_plain) {
            return Err(NameError::Form(text.chars().take(NAME_BYTES_MAX).collect()));
        }
        if TAKEN.contains(&text) || KEYWORDS.contains(&text) {
            return Err(NameError::Taken(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests;
