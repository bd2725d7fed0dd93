//! The sockets of the listeners: bound before the keys are made, and open for connections afterwards.
//!
//! A bound socket that does not listen refuses connections: whoever can connect finds the keys in their file.

use std::{io, net::TcpListener, sync::Arc};

use socket2::{Domain, Protocol, SockRef, Type};

use super::{bind_error::BindError, startup::StartError};
use crate::{
    config::{Config, ListenAddress, Listener, Scheme},
    listener::acceptor::Socket,
    tls::server::ServerTls,
};

/// Connections that wait to be accepted. The system may have a lower limit.
const BACKLOG: i32 = 4096;

/// A socket on which nobody can connect yet.
#[derive(Debug)]
pub(super) struct BoundSocket {
    pub(super) socket: Socket,
    origin: SocketOrigin,
}

/// Where a socket comes from.
#[derive(Clone, Debug)]
struct SocketOrigin {
    api: String,
    address: ListenAddress,
    /// The settings that name the address.
    settings: String,
}

/// Binds a socket for each listener.
///
/// # Errors
/// An address cannot be bound. One on which another process listens never can.
pub(super) fn bind(
    config: &Config,
    tls: Option<&Arc<ServerTls>>,
) -> Result<Vec<BoundSocket>, StartError> {
    let sockets = config.listeners.sockets().into_iter();
    sockets
        .map(|listener| {
            let origin = SocketOrigin {
                api: listener.label(),
                address: listener.address,
                settings: config.listeners.settings_of(&listener).join(" and "),
            };
            match socket(&listener, tls) {
                Ok(socket) => Ok(BoundSocket { socket, origin }),
                Err(error) => Err(origin.failed(error)),
            }
        })
        .collect()
}

impl BoundSocket {
    /// From here on the system accepts connections.
    ///
    /// # Errors
    /// Another process has begun to listen on the address.
    pub(super) fn listen(self) -> Result<Socket, StartError> {
        match SockRef::from(&self.socket.listener).listen(BACKLOG) {
            Ok(()) => Ok(self.socket),
            Err(error) => Err(self.origin.failed(error)),
        }
    }
}

impl SocketOrigin {
    fn failed(self, error: io::Error) -> StartError {
        let source = BindError::new(error, self.address.socket_address(), self.settings);
        StartError::Bind {
            api: self.api,
            address: self.address,
            source,
        }
    }
}

fn socket(
    &Listener {
        address,
        roles,
        is_grpc,
    }: &Listener,
    tls: Option<&Arc<ServerTls>>,
) -> io::Result<Socket> {
    let tls = match address.scheme() {
        Scheme::Http => None,
        // The configuration has a certificate then; without one, nothing is served as plain text instead.
        Scheme::Https => Some(Arc::clone(
            tls.ok_or_else(|| io::Error::other("no certificate"))?,
        )),
    };
    Ok(Socket {
        listener: bound(address)?,
        roles,
        is_grpc,
        tls,
    })
}

/// As the standard library binds one.
fn bound(address: ListenAddress) -> io::Result<TcpListener> {
    let address = address.socket_address();
    let socket = socket2::Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    // Connections of the last server that are not quite over do not keep this one from starting.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}
