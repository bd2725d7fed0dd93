//! How the addresses of an upstream are found to be down.

use std::{num::NonZeroUsize, str::FromStr, time::Duration};

use http::uri::PathAndQuery;

/// When an address of several gets no requests because those before failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UpstreamEjection {
    /// After how many failures in a row (`upstream_failures_max`).
    pub failures_max: NonZeroUsize,
    /// For how long at first (`upstream_ejection_sec`), and twice as long each time that it fails
    /// again.
    pub duration: Duration,
    /// For how long at most (`upstream_ejection_max_sec`).
    pub duration_max: Duration,
}

/// How the addresses of an upstream are probed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UpstreamHealthCheck {
    /// What is asked (`upstream_health_path`); the profile says it if there is none.
    pub path: Option<HealthCheckPath>,
    /// How often (`upstream_health_interval_sec`).
    pub interval: Duration,
    /// How long a probe may take (`upstream_health_timeout_sec`).
    pub timeout: Duration,
}

/// What an upstream is asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum HealthCheckPath {
    /// Nothing.
    None,
    /// A path with its query, as it is sent.
    Path(PathAndQuery),
}

impl FromStr for HealthCheckPath {
    /// What would be right.
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "none, or a path such as /health";
        if text == "none" {
            return Ok(Self::None);
        }
        if !text.starts_with('/') || text.contains('#') || !text.is_ascii() {
            return Err(EXPECTED);
        }
        text.parse().map(Self::Path).map_err(|_| EXPECTED)
    }
}

#[cfg(test)]
mod tests;
