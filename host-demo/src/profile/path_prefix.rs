use std::str::FromStr;

use super::segment::is_plain;

/// The value of `upstream_path_prefix`: segments that stand before every path of the upstream, such
/// as those of `--root-path /x`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PathPrefix(Box<str>);

/// The text is no prefix.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected a path such as /x/y without a slash at its end, of letters, digits and - . _ ~")]
pub struct PathPrefixError;

impl PathPrefix {
    /// The path after the prefix, with its slash.
    #[must_use]
    pub fn strip<'p>(&self, path: &'p str) -> Option<&'p str> {
        let rest = path.strip_prefix(&*self.0)?;
        rest.starts_with('/').then_some(rest)
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PathPrefix {
    type Err = PathPrefixError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let segments = text.strip_prefix('/').ok_or(PathPrefixError)?;
        if segments.split('/').all(is_plain) {
            Ok(Self(text.into()))
        } else {
            Err(PathPrefixError)
        }
    }
}
