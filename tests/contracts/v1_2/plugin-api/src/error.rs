use std::fmt;

use abi_stable::StableAbi;

use crate::abi::RawError;

/// Why a function of a plugin failed.
///
/// The message is public: an endpoint's message is part of the response. State what was wrong and what would be right,
/// and no secret.
///
/// # Since
/// 1.0
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PluginError {
    code: ErrorCode,
    message: String,
}

impl PluginError {
    /// An error with a public message.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            code: ErrorCode::FAILED,
            message: message.into(),
        }
    }

    /// From an error of another library: its message and those of its sources, separated by colons. They become
    /// public.
    ///
    /// ```
    /// use plugin_api::PluginError;
    ///
    /// let error = "x".parse::<u16>().unwrap_err();
    /// assert_eq!(PluginError::from_error(&error).message(), "invalid digit found in string");
    /// ```
    ///
    /// # Since
    /// 1.1
    #[must_use]
    pub fn from_error(error: &dyn std::error::Error) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message.push_str(&format!(": {cause}"));
            source = cause.source();
        }
        Self::new(message)
    }

    /// The endpoint does not implement this method; the host responds with 405.
    #[must_use]
    pub fn not_implemented() -> Self {
        Self {
            code: ErrorCode::NOT_IMPLEMENTED,
            message: "the endpoint does not implement this method".into(),
        }
    }

    /// A setting is missing or wrong; see [`Setting::invalid`](crate::Setting::invalid) for one that is there.
    #[must_use]
    pub fn invalid_setting(message: impl Into<String>) -> Self {
        Self {
            code: ErrorCode::INVALID_SETTING,
            message: message.into(),
        }
    }

    pub(crate) fn panicked(message: impl Into<String>) -> Self {
        Self {
            code: ErrorCode::PANICKED,
            message: message.into(),
        }
    }

    /// What kind of error it is.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// The public message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for PluginError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for PluginError {}

/// The message becomes public. It contains no path; use [`PluginError::new`] to add one.
///
/// # Since
/// 1.1
impl From<std::io::Error> for PluginError {
    fn from(error: std::io::Error) -> Self {
        Self::from_error(&error)
    }
}

impl From<PluginError> for RawError {
    fn from(error: PluginError) -> Self {
        Self {
            code: error.code,
            message: error.message.into(),
        }
    }
}

impl From<RawError> for PluginError {
    fn from(raw: RawError) -> Self {
        Self {
            code: raw.code,
            message: raw.message.into_string(),
        }
    }
}

/// The kind of a [`PluginError`]. A host treats a code that it does not know as [`FAILED`](Self::FAILED).
///
/// # Since
/// 1.0
#[repr(transparent)]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, StableAbi)]
pub struct ErrorCode(u32);

impl ErrorCode {
    /// Something went wrong.
    pub const FAILED: Self = Self(1);
    /// The plugin panicked; the panic was caught at the boundary.
    pub const PANICKED: Self = Self(2);
    /// A setting is missing or wrong.
    pub const INVALID_SETTING: Self = Self(3);
    /// The endpoint does not implement the method.
    pub const NOT_IMPLEMENTED: Self = Self(4);
}

#[cfg(test)]
mod tests;
