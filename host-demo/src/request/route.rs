//! Which part of the API a request is for: decided once, on the decoded path and the listener.

use std::sync::Arc;

use http::Method;
use plugin_api::EndpointType;

use crate::{
    config::Roles,
    http::target_path::TargetPath,
    plugins::{PluginEndpoint, Plugins},
};

/// The part of the API, by the key that opens it.
#[derive(Debug)]
pub(crate) enum Route<'p> {
    /// Needs no key.
    Open(OpenRoute),
    /// The endpoint `token` of the token plugin: needs the API key.
    Token(Arc<PluginEndpoint>),
    /// Needs the management key.
    Management(ManagementRoute<'p>),
    /// Needs the inference key.
    Inference(InferenceRoute<'p>),
}

/// What anybody may ask for.
#[derive(Debug)]
pub(crate) enum OpenRoute {
    /// `OPTIONS /` and `/api-description`.
    ApiDescription,
    /// `/metrics` on a listener of its own.
    Metrics,
    /// `/ping` on the metrics listener, for probes without a key.
    Ping,
    /// An endpoint of type METRIC on the metrics listener.
    Plugin(Arc<PluginEndpoint>),
    /// Nothing is there.
    Unknown,
}

/// What the management key opens.
#[derive(Debug)]
pub(crate) enum ManagementRoute<'p> {
    /// `/models`.
    Models,
    /// `/models/{name}[/{version}]`.
    Model {
        /// As it was registered.
        name: &'p str,
        /// The default version where it is left out.
        version: Option<&'p str>,
    },
    /// `/models/{name}/{version}/set-default`.
    SetDefault {
        /// As it was registered.
        name: &'p str,
        /// The version to make the default.
        version: &'p str,
    },
    /// `/plugins`.
    Plugins,
    /// `/plugins/reload`.
    ReloadPlugins,
    /// `/metrics` on an address that it shares with the management API alone.
    Metrics,
    /// An endpoint of type MANAGEMENT, or of type METRIC on a shared address.
    Plugin(Arc<PluginEndpoint>),
    /// Nothing is there.
    Unknown,
}

/// What the inference key opens.
#[derive(Debug)]
pub(crate) enum InferenceRoute<'p> {
    /// `/ping`.
    Ping,
    /// `/predictions/{name}[/{version}]`.
    Prediction {
        /// As it was registered.
        name: &'p str,
        /// The default version where it is left out.
        version: Option<&'p str>,
    },
    /// `/metrics` on an address that it shares with the inference API.
    Metrics,
    /// An endpoint of type INFERENCE, or of type METRIC on a shared address.
    Plugin(Arc<PluginEndpoint>),
    /// Nothing is there.
    Unknown,
}

impl<'p> Route<'p> {
    /// The route of a request. On a shared address `token` and the management API are told apart by
    /// the first segment, and all the rest needs the inference key.
    pub(crate) fn of(
        roles: Roles,
        method: &Method,
        path: &'p TargetPath<'_>,
        plugins: &Plugins,
    ) -> Self {
        let (first, rest) = split(path);
        let is_description = first == API_DESCRIPTION && rest == Rest::Zero;
        if is_description || (first.is_empty() && method == Method::OPTIONS) {
            return Self::Open(OpenRoute::ApiDescription);
        }
        if roles.management {
            if let Some(route) = Self::on_management(first, rest, plugins) {
                return route;
            }
            if !roles.inference {
                return Self::Management(ManagementRoute::rest(roles, first, rest, plugins));
            }
        }
        if roles.inference {
            return Self::Inference(InferenceRoute::of(roles, first, rest, plugins));
        }
        Self::Open(OpenRoute::of(first, rest, plugins))
    }

    fn on_management(first: &'p str, rest: Rest<'p>, plugins: &Plugins) -> Option<Self> {
        if let Some(endpoint) = plugins.endpoint(EndpointType::Management, first) {
            let endpoint = Arc::clone(endpoint);
            return Some(if first == TOKEN {
                Self::Token(endpoint)
            } else {
                Self::Management(ManagementRoute::Plugin(endpoint))
            });
        }
        let route = match (first, rest) {
            (MODELS, Rest::Zero) => ManagementRoute::Models,
            (MODELS, Rest::One(name)) => ManagementRoute::Model {
                name,
                version: None,
            },
            (MODELS, Rest::Two(name, version)) => ManagementRoute::Model {
                name,
                version: Some(version),
            },
            (MODELS, Rest::Three(name, version, "set-default")) => {
                ManagementRoute::SetDefault { name, version }
            }
            (PLUGINS, Rest::Zero) => ManagementRoute::Plugins,
            (PLUGINS, Rest::One("reload")) => ManagementRoute::ReloadPlugins,
            (MODELS | PLUGINS, _) => ManagementRoute::Unknown,
            _ => return None,
        };
        Some(Self::Management(route))
    }
}

impl ManagementRoute<'_> {
    /// What the management key opens beside the management API.
    fn rest(roles: Roles, first: &str, rest: Rest<'_>, plugins: &Plugins) -> Self {
        match OpenRoute::of(first, rest, plugins) {
            OpenRoute::Metrics if roles.metrics => Self::Metrics,
            OpenRoute::Plugin(endpoint) if roles.metrics => Self::Plugin(endpoint),
            _ => Self::Unknown,
        }
    }
}

impl<'p> InferenceRoute<'p> {
    fn of(roles: Roles, first: &'p str, rest: Rest<'p>, plugins: &Plugins) -> Self {
        let metric = || {
            plugins
                .endpoint(EndpointType::Metric, first)
                .filter(|_| roles.metrics)
        };
        let plugin = plugins
            .endpoint(EndpointType::Inference, first)
            .or_else(metric);
        match (plugin, first, rest) {
            (Some(endpoint), ..) => Self::Plugin(Arc::clone(endpoint)),
            (None, PING, Rest::Zero) => Self::Ping,
            (None, PREDICTIONS, Rest::One(name)) => Self::Prediction {
                name,
                version: None,
            },
            (None, PREDICTIONS, Rest::Two(name, version)) => Self::Prediction {
                name,
                version: Some(version),
            },
            (None, METRICS, Rest::Zero) if roles.metrics => Self::Metrics,
            _ => Self::Unknown,
        }
    }
}

impl OpenRoute {
    fn of(first: &str, rest: Rest<'_>, plugins: &Plugins) -> Self {
        match (plugins.endpoint(EndpointType::Metric, first), first, rest) {
            (Some(endpoint), ..) => Self::Plugin(Arc::clone(endpoint)),
            (None, METRICS, Rest::Zero) => Self::Metrics,
            (None, PING, Rest::Zero) => Self::Ping,
            _ => Self::Unknown,
        }
    }
}

/// Whether a plugin with this pattern takes the place of a built-in path.
pub(crate) fn is_built_in(endpoint_type: EndpointType, pattern: &str) -> bool {
    match endpoint_type {
        EndpointType::Inference => [PING, PREDICTIONS].contains(&pattern),
        EndpointType::Management => [MODELS, PLUGINS].contains(&pattern),
        EndpointType::Metric => [PING, METRICS].contains(&pattern),
        EndpointType::None => false,
    }
}

/// What follows the first segment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Rest<'p> {
    Zero,
    One(&'p str),
    Two(&'p str, &'p str),
    Three(&'p str, &'p str, &'p str),
    More,
}

fn split<'p>(path: &'p TargetPath<'_>) -> (&'p str, Rest<'p>) {
    let mut segments = path.segments();
    let first = segments.next().unwrap_or_default();
    let rest = match (
        segments.next(),
        segments.next(),
        segments.next(),
        segments.next(),
    ) {
        (None, ..) => Rest::Zero,
        (Some(one), None, ..) => Rest::One(one),
        (Some(one), Some(two), None, _) => Rest::Two(one, two),
        (Some(one), Some(two), Some(three), None) => Rest::Three(one, two, three),
        _ => Rest::More,
    };
    (first, rest)
}

const API_DESCRIPTION: &str = "api-description";
const METRICS: &str = "metrics";
const MODELS: &str = "models";
const PING: &str = "ping";
const PLUGINS: &str = "plugins";
const PREDICTIONS: &str = "predictions";
/// The first segment that the API key opens, on the management listener.
pub(crate) const TOKEN: &str = "token";

#[cfg(test)]
mod tests;
