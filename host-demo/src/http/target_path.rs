//! The path of a request, decoded once: authorization and routing use the same value.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::rejection::{Rejection, sentence};

/// A decoded path that can be interpreted in one way only.
///
/// A server behind or in front of this one could take `//`, `/../`, `%2f` or `%00` for another
/// path, so a request with one of them is refused before any decision.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct TargetPath<'a>(Cow<'a, str>);

/// Why a path was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum TargetError {
    /// Such as `*` or an authority alone.
    #[error("the path does not start with /")]
    NotAbsolute,
    /// A `%` without two hexadecimal digits.
    #[error("the path holds an incomplete percent escape")]
    Escape,
    /// A slash, a backslash or a control character, literal or escaped.
    #[error("the path holds an escaped slash, a backslash or a control character")]
    Character,
    /// Bytes that are not UTF-8.
    #[error("the path is not UTF-8")]
    Encoding,
    /// `//`, `/./` or `/../`.
    #[error("the path holds an empty segment or a dot segment")]
    Segment,
}

impl From<TargetError> for Rejection {
    fn from(error: TargetError) -> Self {
        Self::bad_request(sentence(&error))
    }
}

impl<'a> TargetPath<'a> {
    /// Decodes the path of a request line.
    ///
    /// # Errors
    /// The reason why the path is ambiguous.
    pub(crate) fn parse(raw: &'a str) -> Result<Self, TargetError> {
        if !raw.starts_with('/') {
            return Err(TargetError::NotAbsolute);
        }
        let decoded = if raw.bytes().any(|byte| byte == b'%') {
            check_escapes(raw.as_bytes())?;
            percent_decode_str(raw)
                .decode_utf8()
                .map_err(|_| TargetError::Encoding)?
        } else {
            Cow::Borrowed(raw)
        };
        if decoded
            .bytes()
            .any(|byte| byte == b'\\' || byte.is_ascii_control())
        {
            return Err(TargetError::Character);
        }
        let mut segments = decoded.split('/').skip(1).peekable();
        while let Some(segment) = segments.next() {
            let is_last = segments.peek().is_none();
            if matches!(segment, "." | "..") || (segment.is_empty() && !is_last) {
                return Err(TargetError::Segment);
            }
        }
        Ok(Self(decoded))
    }

    /// The decoded path.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The segments; a slash at the end adds none.
    pub(crate) fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|segment| !segment.is_empty())
    }
}

fn check_escapes(raw: &[u8]) -> Result<(), TargetError> {
    for (index, _) in raw.iter().enumerate().filter(|&(_, &byte)| byte == b'%') {
        match raw.get(index + 1..index + 3) {
            Some([b'2', b'f' | b'F']) => return Err(TargetError::Character),
            Some([high, low]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {}
            _ => return Err(TargetError::Escape),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
