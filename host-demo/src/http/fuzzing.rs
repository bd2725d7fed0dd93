//! Paths and headers for the fuzz targets.

use std::{net::IpAddr, time::Duration};

use http::HeaderMap;

use super::{
    client_address, grpc_timeout, target_path::TargetPath, trusted_proxies::TrustedProxies,
};

/// The decoded path; `None` if it is refused.
#[must_use]
pub fn target_path(raw: &str) -> Option<String> {
    let path = TargetPath::parse(raw).ok()?;
    Some(path.as_str().to_owned())
}

/// The segments of a path that is not refused.
#[must_use]
pub fn segments(raw: &str) -> Option<Vec<String>> {
    let path = TargetPath::parse(raw).ok()?;
    Some(path.segments().map(str::to_owned).collect())
}

/// The address of the client.
#[must_use]
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> IpAddr {
    client_address::client_address(peer, headers, trusted)
}

/// The time limit of a call.
///
/// # Errors
/// What the client is told.
pub fn grpc_timeout(headers: &HeaderMap) -> Result<Option<Duration>, String> {
    grpc_timeout::grpc_timeout(headers).map_err(|error| error.to_string())
}
