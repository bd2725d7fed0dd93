//! Errors that abort startup, and warnings.

use std::{fmt, path::PathBuf};

use thiserror::Error;

use super::{address::ListenAddress, settings::Origin};
use crate::files::RegularFileError;

/// Why a configuration cannot be used.
///
/// Each text names the origin of the value, the key, the value and what would be right; a value is
/// never shown for a key that may hold a secret. The source is not repeated in the text.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The configuration file does not exist, is no regular file, is too large, or cannot be read.
    #[error("configuration file {} cannot be read", path.display())]
    Read {
        /// The file as it was named.
        path: PathBuf,
        /// Why.
        source: RegularFileError,
    },
    /// The configuration file is not UTF-8.
    #[error("{}:{line}: not UTF-8; save the file as UTF-8 or write the character as \\uXXXX", path.display())]
    Encoding {
        /// The file as it was named.
        path: PathBuf,
        /// The line of the first wrong byte.
        line: usize,
    },
    /// A line is not a property.
    #[error("{}:{line}: {problem}", path.display())]
    Syntax {
        /// The file as it was named.
        path: PathBuf,
        /// The line.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// `$$NAME$$` in a value names an environment variable that is not set.
    #[error("{origin}: {key}: environment variable {variable:?} is not set")]
    UnknownVariable {
        /// The origin of the value.
        origin: Origin,
        /// The key.
        key: String,
        /// The variable's name.
        variable: String,
    },
    /// The values are too large once every `$$NAME$$` is replaced.
    #[error("{origin}: {key}: more than {limit_bytes} bytes after replacing environment variables")]
    ExpansionTooLarge {
        /// The origin of the value at which the limit was exceeded.
        origin: Origin,
        /// The key.
        key: String,
        /// The limit for the values of a whole file.
        limit_bytes: usize,
    },
    /// A value from outside the file is not UTF-8.
    #[error("{origin}: {key}: the value is not UTF-8")]
    NotUtf8 {
        /// The origin of the value.
        origin: Origin,
        /// The key.
        key: String,
    },
    /// A value that is not valid for its key.
    #[error("{origin}: {key}={value} is not valid: expected {expected}")]
    Value {
        /// The origin of the value.
        origin: Origin,
        /// The key.
        key: String,
        /// The value in quotes, cut if long.
        value: String,
        /// What would be right.
        expected: String,
    },
    /// A Java keystore is configured.
    #[error(
        "{origin}: {key}: a Java keystore cannot be read; convert it (keytool -importkeystore -srckeystore KEYSTORE -destkeystore keystore.p12 -deststoretype PKCS12, openssl pkcs12 -in keystore.p12 -nokeys -out certificate.pem, openssl pkcs12 -in keystore.p12 -nocerts -nodes -out key.pem), set certificate_file=certificate.pem and private_key_file=key.pem, and remove {key}"
    )]
    JavaKeystore {
        /// The origin of the value.
        origin: Origin,
        /// The key; never its value.
        key: String,
    },
    /// An address asks for TLS, and a file that it needs is not named.
    #[error(
        "{address_key} is https://, which needs {key}=PATH: certificate_file with the certificate and private_key_file with its key, both PEM"
    )]
    NoTlsFile {
        /// The key that is missing.
        key: &'static str,
        /// The key of the address.
        address_key: &'static str,
    },
    /// A file for TLS is named, and no address asks for TLS.
    #[error(
        "{origin}: {key} is set, but no address is https://: write https:// in inference_address, management_address or metrics_address, or remove {key}"
    )]
    TlsUnused {
        /// The origin of the value.
        origin: Origin,
        /// The key.
        key: &'static str,
    },
    /// One address has two schemes.
    #[error(
        "{first} and {second} are one address with different schemes: write http:// in both, or https:// in both"
    )]
    SchemesDiffer {
        /// The key of one.
        first: &'static str,
        /// The key of the other.
        second: &'static str,
    },
    /// Token authorization is both disabled and required.
    #[error(
        "token authorization is disabled ({disabled}) and required ({required}); remove one of them"
    )]
    Conflict {
        /// Where it is disabled.
        disabled: Origin,
        /// Where it is required.
        required: Origin,
    },
    /// Settings of upstreams that do not go together.
    #[error("{origin}: {problem}")]
    Upstream {
        /// The origin of one of them.
        origin: Origin,
        /// What is wrong, and what would be right.
        problem: UpstreamConflict,
    },
    /// Models are to be loaded, but there is no model store.
    #[error("{origin}: load_models needs a model store: --model-store DIR or model_store=DIR")]
    NoModelStore {
        /// Where the models are named.
        origin: Origin,
    },
    /// A body that is small enough would have no room in memory.
    #[error(
        "{origin}: buffered_bytes_max is less than one body of max_request_size, {body_bytes_max} bytes"
    )]
    SmallBuffer {
        /// Where the bytes in memory are limited.
        origin: Origin,
        /// The largest body that is kept in memory.
        body_bytes_max: usize,
    },
    /// The PROXY protocol is on, but nobody may use it.
    #[error(
        "{origin}: proxy_protocol needs the addresses of the proxies: trusted_proxies=NETWORKS"
    )]
    NoTrustedProxies {
        /// Where it is switched on.
        origin: Origin,
    },
}

/// Settings of upstreams that do not go together.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum UpstreamConflict {
    /// Nothing says which key opens what.
    #[error(
        "upstream needs to know what each path of the server does: set upstream_profile to one of {known}, or upstream_profile_file to a file of yours"
    )]
    NoProfile {
        /// The names of the built-in profiles.
        known: String,
    },
    /// Two settings exclude each other.
    #[error("{one} and {other} exclude each other: remove one of them")]
    Both {
        /// A key.
        one: &'static str,
        /// Another key.
        other: &'static str,
    },
    /// The setting belongs to an upstream, and there is none.
    #[error("{key} has no effect without an upstream, such as upstream=http://127.0.0.1:8000")]
    NoUpstream {
        /// The key.
        key: &'static str,
    },
    /// The setting belongs to a profile, and there is none.
    #[error("{key} has no effect without upstream_profile or upstream_profile_file")]
    NoRules {
        /// The key.
        key: &'static str,
    },
    /// The inference key would open the management API.
    #[error(
        "{one} and {other} are the same server, and only a profile tells its inference from its management: set upstream_profile or upstream_profile_file"
    )]
    SameServer {
        /// A key.
        one: &'static str,
        /// Another key.
        other: &'static str,
    },
}

/// A problem in a configuration that does not keep the server from starting.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ConfigWarning {
    /// A key is in the file twice; the later line overrides, as in Java.
    DuplicateKey {
        /// The key.
        key: String,
        /// The line that is used.
        origin: Origin,
        /// The line that is ignored.
        ignored_line: usize,
    },
    /// A key of TorchServe that has no effect here.
    NoEffect {
        /// The key.
        key: String,
        /// Its origin.
        origin: Origin,
    },
    /// A listener can be reached from other machines without TLS.
    NotLoopback {
        /// The key of the listener.
        key: &'static str,
        /// The address.
        address: ListenAddress,
    },
    /// A variable is set that is used only with `enable_envvars_config=true` in the file.
    EnvironmentIgnored {
        /// The variable.
        variable: String,
    },
}

impl fmt::Display for ConfigWarning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateKey {
                key,
                origin,
                ignored_line,
            } => {
                write!(
                    formatter,
                    "{origin}: {key:?} is set again; line {ignored_line} is ignored"
                )
            }
            Self::NoEffect { key, origin } => {
                write!(
                    formatter,
                    "{origin}: {key:?} is a setting of TorchServe that has no effect here"
                )
            }
            Self::NotLoopback { key, address } => write!(
                formatter,
                "{key} {address} can be reached from other machines, and keys travel unencrypted: \
                 write https:// and set certificate_file and private_key_file, or put a \
                 TLS-terminating proxy in front of it"
            ),
            Self::EnvironmentIgnored { variable } => write!(
                formatter,
                "environment variable {variable} is ignored: the configuration file does not say \
                 enable_envvars_config=true"
            ),
        }
    }
}

/// A key of the configuration file that neither the server nor any plugin reads.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnknownKey {
    /// The key as it is written.
    pub key: String,
    /// Its origin.
    pub origin: Origin,
    /// A known key that is similar.
    pub nearest: Option<String>,
}

impl fmt::Display for UnknownKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: unknown key {:?}", self.origin, self.key)?;
        match &self.nearest {
            Some(nearest) => write!(formatter, "; did you mean {nearest:?}?"),
            None => Ok(()),
        }
    }
}
