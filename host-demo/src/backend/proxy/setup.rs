//! What the configuration names and is read at the start and at each reload: a profile, the upstream's own key, and
//! whose certificates are trusted.

use std::{io, path::PathBuf};

use http::{HeaderValue, uri::PathAndQuery};
use thiserror::Error;

use super::{origin::InvalidOrigin, request_head::AuthorizationRule};
use crate::{
    config::{
        HealthCheckPath, ProfileSource, UpstreamAddress, UpstreamAuthorization, UpstreamConfig,
        UpstreamHealthCheck,
    },
    files::{self, RegularFileError},
    profile::{Contradiction, NamedProfileError, Profile, ProfileFileError},
    tls::{TlsError, client::ClientTls},
};

/// A larger file is no single line with a key.
const AUTHORIZATION_BYTES_MAX: u64 = 8192;

/// Why the reverse proxy cannot be set up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// An address cannot be written into a request.
    #[error(transparent)]
    Origin(#[from] InvalidOrigin),
    /// No built-in profile has this name.
    #[error(transparent)]
    NamedProfile(#[from] NamedProfileError),
    /// A profile of the operator's own cannot be used.
    #[error(transparent)]
    ProfileFile(#[from] ProfileFileError),
    /// `upstream_allow` does not go together with the profile.
    #[error("upstream_allow")]
    Allow(#[from] Contradiction),
    /// TLS to an upstream cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// An address needs TLS, which was not set up.
    #[error("an https:// upstream without TLS")]
    NoTls,
    /// The thread that resolves names cannot be started.
    #[error("a thread cannot be started")]
    Thread(#[source] io::Error),
    /// The health path of the profile is none.
    #[error("health_path {path} of the profile is no path: set upstream_health_path")]
    HealthPath {
        /// The path, with `upstream_path_prefix`.
        path: String,
    },
    /// The file of the upstream's own key cannot be read.
    #[error("upstream_authorization: file {} cannot be read", path.display())]
    ReadAuthorization {
        /// The file.
        path: PathBuf,
        /// Why.
        source: RegularFileError,
    },
    /// The file of the upstream's own key is not one.
    #[error(
        "upstream_authorization: file {} is not one line of visible ASCII, such as `Bearer KEY`",
        path.display()
    )]
    Authorization {
        /// The file.
        path: PathBuf,
    },
}

/// What the files hold that a configuration names.
#[derive(Debug, PartialEq)]
pub(super) struct UpstreamFiles {
    pub(super) profile: Option<Profile>,
    pub(super) authorization: AuthorizationRule,
    /// Is there if an address needs it.
    pub(super) tls: Option<ClientTls>,
}

impl UpstreamFiles {
    /// # Errors
    /// One of them cannot be used.
    pub(super) fn read(config: &UpstreamConfig) -> Result<Self, ProxyError> {
        Ok(Self {
            tls: tls(config)?,
            profile: profile(config)?,
            authorization: authorization(&config.authorization)?,
        })
    }
}

/// The profile, with what the configuration adds to it.
fn profile(config: &UpstreamConfig) -> Result<Option<Profile>, ProxyError> {
    let profile = match &config.profile {
        None => return Ok(None),
        Some(ProfileSource::Named(name)) => Profile::named(name.as_str())?,
        Some(ProfileSource::File(path)) => Profile::read(path)?,
    };
    let profile = profile.with_allowed(&config.allow)?;
    Ok(Some(match &config.path_prefix {
        Some(prefix) => profile.with_path_prefix(prefix.clone()),
        None => profile,
    }))
}

/// What is asked whether the upstream is up; none if nothing is.
pub(super) fn health_path(
    config: &UpstreamHealthCheck,
    profile: Option<&Profile>,
) -> Result<Option<PathAndQuery>, ProxyError> {
    match (&config.path, profile) {
        (Some(HealthCheckPath::None), _) | (None, None) => Ok(None),
        (Some(HealthCheckPath::Path(path)), _) => Ok(Some(path.clone())),
        (None, Some(profile)) => {
            let path = profile.health_path();
            let parsed = path.parse().map_err(|_| ProxyError::HealthPath { path });
            parsed.map(Some)
        }
    }
}

/// What secures the connections to `https://` upstreams; none if there are none.
fn tls(config: &UpstreamConfig) -> Result<Option<ClientTls>, ProxyError> {
    let needs_tls = config.addresses().any(UpstreamAddress::is_tls);
    let tls = needs_tls.then(|| ClientTls::new(config.ca_file.as_deref()));
    Ok(tls.transpose()?)
}

/// The rule for the header `Authorization`.
fn authorization(setting: &UpstreamAuthorization) -> Result<AuthorizationRule, ProxyError> {
    let path = match setting {
        UpstreamAuthorization::Strip => return Ok(AuthorizationRule::Strip),
        UpstreamAuthorization::Keep => return Ok(AuthorizationRule::Keep),
        UpstreamAuthorization::File(path) => path,
    };
    let text = files::read_text(path, AUTHORIZATION_BYTES_MAX);
    let text = text.map_err(|source| ProxyError::ReadAuthorization {
        path: path.clone(),
        source,
    })?;
    let line = text.trim_end_matches(['\r', '\n']);
    let is_line = !line.is_empty() && line.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let value = HeaderValue::from_str(line).ok().filter(|_| is_line);
    let Some(mut value) = value else {
        return Err(ProxyError::Authorization { path: path.clone() });
    };
    value.set_sensitive(true);
    Ok(AuthorizationRule::Replace(value))
}

#[cfg(test)]
mod tests;
