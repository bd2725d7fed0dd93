use std::ops::Range;

use super::{rule_error::RuleError, rule_set::Contradiction};

/// What is wrong with a data file, and where.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{origin}:{line}: {problem}")]
#[non_exhaustive]
pub struct ProfileError {
    /// The file, or how else the text is called.
    pub origin: String,
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub problem: ProfileProblem,
}

/// What is wrong with a data file, and what would be right.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileProblem {
    /// Not TOML, or a key that is missing, unknown or of another type.
    #[error("{0}")]
    Syntax(String),
    /// A rule that cannot be read.
    #[error("rule \"{rule}\": {error}")]
    Rule {
        /// As it stands there.
        rule: String,
        /// What would be right.
        error: RuleError,
    },
    /// Rules that exclude each other.
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
    /// Blocked without a reason.
    #[error("blocked rule \"{0}\": expected the reason as `note` beside `rules`")]
    Reason(String),
    /// The probed path is no path of health.
    #[error("health_path {0}: expected a literal path with a rule GET in [[health]]")]
    HealthPath(String),
    /// Not the name of a header.
    #[error("strip_headers {0}: expected a header name in lower case, or a beginning and *")]
    Header(String),
}

impl ProfileError {
    pub(super) fn new(
        (origin, text): (&str, &str),
        span: Option<Range<usize>>,
        problem: ProfileProblem,
    ) -> Self {
        let start = span.map_or(0, |span| span.start);
        let before = text.as_bytes().get(..start).unwrap_or_default();
        Self {
            origin: origin.to_owned(),
            line: 1 + before.iter().filter(|byte| **byte == b'\n').count(),
            problem,
        }
    }
}

/// Why there is no built-in profile of a name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NamedProfileError {
    /// None has this name.
    #[error("there is no profile called \"{name}\": expected one of {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// Its data file is wrong.
    #[error(transparent)]
    Invalid(#[from] ProfileError),
}
