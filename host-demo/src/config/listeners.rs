//! The listeners: which sockets there are, and which APIs each serves.

use std::net::{IpAddr, SocketAddr};

use super::{
    address::{ListenAddress, Scheme},
    declaration::{Defaulted, Optional},
    error::{ConfigError, ConfigWarning},
    table::SETTINGS,
    upstream::UpstreamConfig,
    upstream_address::UpstreamAddresses,
    values::Values,
};

/// TorchServe's ports for gRPC.
const GRPC_INFERENCE_PORT: u16 = 7070;
const GRPC_MANAGEMENT_PORT: u16 = 7071;

/// The addresses of TorchServe; some or all may be equal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Listeners {
    /// Predictions, `/ping` and INFERENCE plugins.
    pub inference: ListenAddress,
    /// Models, `/token` and MANAGEMENT plugins.
    pub management: ListenAddress,
    /// Metrics and METRIC plugins.
    pub metrics: ListenAddress,
    /// The inference API for gRPC clients, if there is an upstream for them.
    pub grpc_inference: Option<ListenAddress>,
    /// The management API for gRPC clients, if there is an upstream for them.
    pub grpc_management: Option<ListenAddress>,
}

/// The APIs that one listener serves.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Roles {
    /// The inference API.
    pub inference: bool,
    /// The management API.
    pub management: bool,
    /// The metrics API.
    pub metrics: bool,
}

/// One socket to bind and the APIs that it serves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Listener {
    /// The address to bind.
    pub address: ListenAddress,
    /// The APIs that it serves; at least one.
    pub roles: Roles,
    /// Whether it is there for gRPC clients alone, for logs and metrics; it serves all clients.
    pub is_grpc: bool,
}

impl Listeners {
    /// The sockets to bind, one for equal addresses, in the order inference, management, metrics,
    /// gRPC inference, gRPC management.
    ///
    /// Addresses with port 0 are never equal: each gets a port of its own.
    #[must_use]
    pub fn sockets(&self) -> Vec<Listener> {
        let Self {
            inference,
            management,
            metrics,
            grpc_inference,
            grpc_management,
        } = *self;
        let mut sockets: Vec<Listener> = Vec::with_capacity(5);
        for (address, roles, is_grpc) in [
            (Some(inference), Roles::INFERENCE, false),
            (Some(management), Roles::MANAGEMENT, false),
            (Some(metrics), Roles::METRICS, false),
            (grpc_inference, Roles::INFERENCE, true),
            (grpc_management, Roles::MANAGEMENT, true),
        ] {
            let Some(address) = address else { continue };
            let is_shared = |socket: &&mut Listener| {
                address.socket_address().port() != 0 && socket.address == address
            };
            match sockets.iter_mut().find(is_shared) {
                Some(socket) => {
                    socket.roles = socket.roles.and(roles);
                    socket.is_grpc &= is_grpc;
                }
                None => sockets.push(Listener {
                    address,
                    roles,
                    is_grpc,
                }),
            }
        }
        sockets
    }

    /// The settings that name the address of a socket, the ports alone for gRPC.
    pub(crate) fn settings_of(&self, listener: &Listener) -> Vec<&'static str> {
        let named = self.by_key().into_iter();
        let named = named.filter(|(_, address)| *address == listener.address);
        named
            .map(|(key, _)| match key {
                key if key == SETTINGS.grpc_inference_address.key => {
                    SETTINGS.grpc_inference_port.key
                }
                key if key == SETTINGS.grpc_management_address.key => {
                    SETTINGS.grpc_management_port.key
                }
                key => key,
            })
            .collect()
    }

    /// The addresses, each with the key that sets it.
    pub(super) fn by_key(&self) -> Vec<(&'static str, ListenAddress)> {
        let Self {
            inference,
            management,
            metrics,
            grpc_inference,
            grpc_management,
        } = *self;
        let all = [
            (SETTINGS.inference_address.key, Some(inference)),
            (SETTINGS.management_address.key, Some(management)),
            (SETTINGS.metrics_address.key, Some(metrics)),
            (SETTINGS.grpc_inference_address.key, grpc_inference),
            (SETTINGS.grpc_management_address.key, grpc_management),
        ];
        let set = all.into_iter();
        set.filter_map(|(key, address)| Some((key, address?)))
            .collect()
    }
}

impl Listener {
    /// The label of the listener in the metrics, such as `inference`, `inference+management` or
    /// `grpc_inference`.
    pub(crate) fn label(&self) -> String {
        let prefix = if self.is_grpc { "grpc_" } else { "" };
        format!("{prefix}{}", self.roles.label())
    }
}

impl Roles {
    const NONE: Self = Self {
        inference: false,
        management: false,
        metrics: false,
    };
    const INFERENCE: Self = Self {
        inference: true,
        ..Self::NONE
    };
    const MANAGEMENT: Self = Self {
        management: true,
        ..Self::NONE
    };
    const METRICS: Self = Self {
        metrics: true,
        ..Self::NONE
    };

    /// Label and name of each API that is served.
    pub(crate) fn apis(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let Self {
            inference,
            management,
            metrics,
        } = self;
        let all = [
            (inference, ("inference", "Inference")),
            (management, ("management", "Management")),
            (metrics, ("metrics", "Metrics")),
        ];
        all.into_iter()
            .filter(|(is_served, _)| *is_served)
            .map(|(_, names)| names)
    }

    /// The names of the APIs, such as `inference` or `inference+management`.
    fn label(self) -> String {
        let labels = self.apis().map(|(label, _)| label);
        labels.collect::<Vec<_>>().join("+")
    }

    fn and(self, other: Self) -> Self {
        Self {
            inference: self.inference || other.inference,
            management: self.management || other.management,
            metrics: self.metrics || other.metrics,
        }
    }
}

/// The listeners that the configuration asks for.
///
/// # Errors
/// A value is not valid, or one socket would be both encrypted and not.
pub(super) fn listeners(
    values: &Values,
    upstream: Option<&UpstreamConfig>,
    warnings: &mut Vec<ConfigWarning>,
) -> Result<Listeners, ConfigError> {
    let inference = Grpc {
        address: &SETTINGS.grpc_inference_address,
        port: &SETTINGS.grpc_inference_port,
        default_port: GRPC_INFERENCE_PORT,
        upstream: upstream.and_then(|upstream| upstream.grpc_inference.as_ref()),
    };
    let management = Grpc {
        address: &SETTINGS.grpc_management_address,
        port: &SETTINGS.grpc_management_port,
        default_port: GRPC_MANAGEMENT_PORT,
        upstream: upstream.and_then(|upstream| upstream.grpc_management.as_ref()),
    };
    let listeners = Listeners {
        inference: values.value(&SETTINGS.inference_address)?,
        management: values.value(&SETTINGS.management_address)?,
        metrics: values.value(&SETTINGS.metrics_address)?,
        grpc_inference: inference.listen_address(values, warnings)?,
        grpc_management: management.listen_address(values, warnings)?,
    };
    check(&listeners.by_key(), warnings)?;
    Ok(listeners)
}

fn check(
    addresses: &[(&'static str, ListenAddress)],
    warnings: &mut Vec<ConfigWarning>,
) -> Result<(), ConfigError> {
    for (number, &(key, address)) in addresses.iter().enumerate() {
        let mut earlier = addresses.iter().take(number);
        if let Some(&(first, _)) = earlier.find(|(_, other)| other.contradicts(address)) {
            return Err(ConfigError::SchemesDiffer { first, second: key });
        }
        if address.scheme() == Scheme::Http && !address.is_loopback() {
            warnings.push(ConfigWarning::NotLoopback { key, address });
        }
    }
    Ok(())
}

/// The settings of a listener for gRPC.
struct Grpc<'v> {
    address: &'static Defaulted<IpAddr>,
    port: &'static Optional<u16>,
    default_port: u16,
    /// Without one nothing would answer.
    upstream: Option<&'v UpstreamAddresses>,
}

impl Grpc<'_> {
    fn listen_address(
        &self,
        values: &Values,
        warnings: &mut Vec<ConfigWarning>,
    ) -> Result<Option<ListenAddress>, ConfigError> {
        let port = values.optional(self.port)?;
        let address = SocketAddr::new(
            values.value(self.address)?,
            port.unwrap_or(self.default_port),
        );
        let scheme = if values.value(&SETTINGS.enable_grpc_ssl)? {
            Scheme::Https
        } else {
            Scheme::Http
        };
        if self.upstream.is_some() {
            return Ok(Some(ListenAddress::new(scheme, address)));
        }
        if let Some(origin) = values.origin(self.port) {
            let (key, origin) = (self.port.key.to_owned(), origin.clone());
            warnings.push(ConfigWarning::NoEffect { key, origin });
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
