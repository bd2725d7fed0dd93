use std::fmt;

/// What a call does at the upstream: it decides which key opens it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new class must be decided on wherever classes are told apart"
)]
pub enum Class {
    /// Computes with a model, or tells what a client needs for that.
    Inference,
    /// Changes the server, or shows what only its operators should see.
    Management,
    /// Liveness and readiness.
    Health,
    /// Prometheus metrics and load.
    Metrics,
    /// Documentation and OpenAPI descriptions.
    Docs,
    /// Runs code, reads files, reaches other hosts or replaces weights: never forwarded, unless the
    /// operator names it.
    Blocked,
}

impl Class {
    /// All, in the order of the documentation.
    pub const ALL: [Self; 6] = [
        Self::Inference,
        Self::Management,
        Self::Health,
        Self::Metrics,
        Self::Docs,
        Self::Blocked,
    ];

    /// As in the data files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Inference => "inference",
            Self::Management => "management",
            Self::Health => "health",
            Self::Metrics => "metrics",
            Self::Docs => "docs",
            Self::Blocked => "blocked",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}
