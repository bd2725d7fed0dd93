//! The upstreams: the model servers that requests are forwarded to.

use std::{num::NonZeroUsize, path::PathBuf, str::FromStr, time::Duration};

use super::{
    upstream_address::{UpstreamAddress, UpstreamAddresses},
    upstream_health::{UpstreamEjection, UpstreamHealthCheck},
};
use crate::profile::{AllowRules, PathPrefix, Profile};

/// Which requests are forwarded where, and how.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UpstreamConfig {
    /// Where HTTP requests of the inference and the management API go.
    pub routing: UpstreamRouting,
    /// What each call of the upstreams does; none lets each listener's key open all of its upstream.
    pub profile: Option<ProfileSource>,
    /// Calls that the management key opens although the profile does not (`upstream_allow`).
    pub allow: AllowRules,
    /// What comes before the paths of the profile (`upstream_path_prefix`).
    pub path_prefix: Option<PathPrefix>,
    /// Whether health paths need a key (`upstream_health_paths`).
    pub health_paths: HealthPaths,
    /// Where requests of the metrics API go (`upstream_metrics`).
    pub metrics: Option<UpstreamAddresses>,
    /// Where gRPC calls go that need the inference key (`upstream_grpc_inference`).
    pub grpc_inference: Option<UpstreamAddresses>,
    /// Where gRPC calls go that need the management key (`upstream_grpc_management`).
    pub grpc_management: Option<UpstreamAddresses>,
    /// The certificates that are trusted to sign that of an `https://` upstream
    /// (`upstream_ca_file`); those of the operating system if there is none.
    pub ca_file: Option<PathBuf>,
    /// The value of `Host` (`upstream_host`).
    pub host: UpstreamHost,
    /// The value of `Authorization` (`upstream_authorization`).
    pub authorization: UpstreamAuthorization,
    /// Limits of the connections to one address.
    pub connections: UpstreamConnections,
    /// When an address gets no requests, if the upstream has several.
    pub ejection: UpstreamEjection,
    /// How the addresses of the inference API are probed.
    pub health_check: UpstreamHealthCheck,
    /// How long to wait for the head of a response (`upstream_response_timeout_sec`).
    pub response_timeout: Duration,
    /// How long to wait for each piece of the body of a response (`upstream_read_timeout_sec`).
    pub read_timeout: Duration,
    /// How long a response may take from its head to its end (`max_stream_duration_sec`).
    pub stream_duration_max: Duration,
    /// How many requests may be forwarded at once.
    pub concurrency: ConcurrencyLimits,
    /// The largest body of a request in bytes; none for no limit (`max_request_size`).
    pub request_bytes_max: Option<NonZeroUsize>,
}

/// How many requests may be forwarded at once; none for no limit.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ConcurrencyLimits {
    /// In all (`max_concurrent_requests`).
    pub requests_max: Option<NonZeroUsize>,
    /// Of one key (`max_concurrent_requests_per_key`).
    pub requests_per_key_max: Option<NonZeroUsize>,
}

/// Where the requests of the inference and the management API go.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum UpstreamRouting {
    /// All to one server (`upstream`); the class of a call says which key it needs.
    ByClass(UpstreamAddresses),
    /// To the upstream of their listener, if it has one (`upstream_inference`,
    /// `upstream_management`).
    ByListener {
        /// Of the inference API.
        inference: Option<UpstreamAddresses>,
        /// Of the management API.
        management: Option<UpstreamAddresses>,
    },
}

/// Where a profile is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ProfileSource {
    /// Built in (`upstream_profile`).
    Named(ProfileName),
    /// A file (`upstream_profile_file`); not yet read.
    File(PathBuf),
}

/// The name of a built-in profile.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ProfileName(&'static str);

/// Whether the health paths of an upstream need a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HealthPaths {
    /// None, so that probes need no key.
    Open,
    /// The inference key.
    Guarded,
}

/// Limits of the connections to one address of an upstream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UpstreamConnections {
    /// How many may be open at once, over all threads (`upstream_connections_max`).
    pub connections_max: usize,
    /// How long a request waits for one when there are as many (`upstream_queue_timeout_sec`).
    pub queue_timeout: Duration,
    /// How long connecting may take (`upstream_connect_timeout_sec`).
    pub connect_timeout: Duration,
    /// How long an unused connection is kept (`upstream_idle_timeout_sec`).
    pub idle_timeout: Duration,
}

/// The value of `Host` in a forwarded request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum UpstreamHost {
    /// The host and the port of the upstream's address.
    Upstream,
    /// As the client sent it.
    Keep,
}

/// The value of `Authorization` in a forwarded request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum UpstreamAuthorization {
    /// None.
    Strip,
    /// As the client sent it, with its key.
    Keep,
    /// The one line of a file, for example `Bearer KEY` with the upstream's own key; not yet read.
    File(PathBuf),
}

impl UpstreamConfig {
    /// Whether another one differs in nothing but the limits that each request reads anew.
    #[must_use]
    pub fn differs_in_limits_at_most(&self, other: &Self) -> bool {
        *self
            == Self {
                response_timeout: self.response_timeout,
                read_timeout: self.read_timeout,
                stream_duration_max: self.stream_duration_max,
                concurrency: self.concurrency,
                request_bytes_max: self.request_bytes_max,
                ..other.clone()
            }
    }

    /// All addresses of all upstreams.
    pub fn addresses(&self) -> impl Iterator<Item = &UpstreamAddress> {
        let routed = match &self.routing {
            UpstreamRouting::ByClass(all) => [Some(all), None],
            UpstreamRouting::ByListener {
                inference,
                management,
            } => [inference.as_ref(), management.as_ref()],
        };
        let others = [&self.metrics, &self.grpc_inference, &self.grpc_management];
        let all = routed.into_iter().chain(others.map(Option::as_ref));
        all.flatten().flat_map(UpstreamAddresses::iter)
    }
}

impl ProfileName {
    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// All of them, separated by commas.
    #[must_use]
    pub fn known() -> String {
        Profile::names().collect::<Vec<_>>().join(", ")
    }
}

impl FromStr for ProfileName {
    /// What would be right.
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut names = Profile::names();
        let name = names.find(|name| *name == text);
        name.map(Self)
            .ok_or_else(|| format!("one of {}", Self::known()))
    }
}

impl FromStr for HealthPaths {
    /// What would be right.
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "open" => Ok(Self::Open),
            "guarded" => Ok(Self::Guarded),
            _ => Err("open or guarded"),
        }
    }
}

impl FromStr for UpstreamHost {
    /// What would be right.
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "upstream" => Ok(Self::Upstream),
            "keep" => Ok(Self::Keep),
            _ => Err("upstream or keep"),
        }
    }
}

impl FromStr for UpstreamAuthorization {
    /// What would be right.
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "strip" => Ok(Self::Strip),
            None if text == "keep" => Ok(Self::Keep),
            Some(("file", path)) if !path.is_empty() && !path.contains('\0') => {
                Ok(Self::File(PathBuf::from(path)))
            }
            _ => Err("strip, keep, or file:PATH"),
        }
    }
}

#[cfg(test)]
mod tests;
