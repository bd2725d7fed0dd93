//! The settings of token authorization that the host reads; the plugin reads those of the keys.

use std::{collections::BTreeSet, str::FromStr};

use http::HeaderName;

const EXEMPT_PATHS_MAX: usize = 64;

/// The settings of token authorization that the host reads.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenConfig {
    /// Whether requests need a key.
    pub authorization: TokenAuthorization,
    /// The lifetime of a key; passed to the plugin's `set_time`.
    pub expiration: TokenExpiration,
    /// The status of a denied request.
    pub status: TokenAuthStatus,
    /// The paths of the inference API that need no key.
    pub exempt_paths: ExemptPaths,
    /// A header besides `Authorization` in which clients send their key (`token_header`).
    pub header: Option<HeaderName>,
    /// Whether a reload of the plugins may remove the token plugin, which opens the server.
    pub allow_open_reload: bool,
}

/// Whether requests need a key.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum TokenAuthorization {
    /// Only if a plugin checks keys; otherwise the server is open, with a warning.
    #[default]
    IfPlugin,
    /// Never, even if a plugin checks keys.
    Disable,
    /// Always; the server does not start without a plugin that checks keys.
    Require(RequiredBy),
}

/// What requires token authorization.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RequiredBy {
    /// `require_token_authorization`.
    Setting,
    /// An upstream: a proxy that is meant to guard a model server must not be open by accident.
    Upstream,
}

/// The lifetime of a key in minutes, a number above 0 and at most [`TokenExpiration::MINUTES_MAX`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenExpiration(f64);

impl TokenExpiration {
    /// The longest lifetime: 100 years of 365 days. The token plugin has the same bound.
    pub const MINUTES_MAX: f64 = 52_560_000.0;

    /// The lifetime in minutes.
    #[must_use]
    pub fn minutes(self) -> f64 {
        self.0
    }
}

impl FromStr for TokenExpiration {
    /// What would be right.
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(minutes) if minutes > 0.0 && minutes <= Self::MINUTES_MAX => Ok(Self(minutes)),
            _ => Err("a number of minutes above 0 and at most 52560000, for example 60 or 0.25"),
        }
    }
}

/// Which status a denied request gets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenAuthStatus {
    /// 400 for every reason, as in TorchServe.
    TorchServe,
    /// 401 and 403, as in RFC 6750.
    Standard,
}

impl FromStr for TokenAuthStatus {
    /// What would be right.
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "torchserve" => Ok(Self::TorchServe),
            "standard" => Ok(Self::Standard),
            _ => Err("torchserve or standard"),
        }
    }
}

/// Exact paths of the inference API that need no key, for example `/ping`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ExemptPaths(BTreeSet<String>);

impl ExemptPaths {
    /// Whether a decoded path is one of them, byte for byte.
    #[must_use]
    pub fn contains(&self, decoded_path: &str) -> bool {
        self.0.contains(decoded_path)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The paths in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl FromStr for ExemptPaths {
    /// What would be right.
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        if text.split(',').count() > EXEMPT_PATHS_MAX {
            return Err("at most 64 paths");
        }
        let paths: Option<BTreeSet<String>> = text
            .split(',')
            .map(|path| {
                Some(path.trim())
                    .filter(|path| is_exact(path))
                    .map(str::to_owned)
            })
            .collect();
        paths.map(Self).ok_or(
            "exact paths separated by commas, each beginning with / and without ? # % \\ // /./ \
             /../, for example /ping",
        )
    }
}

/// Whether a path can be written in one way only, so that a comparison of bytes is enough.
fn is_exact(path: &str) -> bool {
    let has_special = path.contains(|character: char| {
        matches!(character, '?' | '#' | '%' | '\\') || character.is_control() || character == ' '
    });
    let Some(relative) = path.strip_prefix('/') else {
        return false;
    };
    let mut segments = relative.split('/');
    let has_dots = segments
        .clone()
        .any(|segment| matches!(segment, "." | ".."));
    // With one slash at the end it is another path; two slashes in a row are not allowed.
    segments.next_back();
    let has_empty = segments.any(str::is_empty);
    !has_special && !has_dots && !has_empty
}

#[cfg(test)]
mod tests;
