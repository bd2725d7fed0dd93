//! Opens the byte stream to an upstream.

use std::{io, path::Path, time::Duration};

use tokio::{
    net::{TcpStream, UnixStream},
    time::{Instant, timeout, timeout_at},
};

use super::{
    endpoint::{Endpoint, Protocol, TlsHandshake},
    error::{ConnectError, SendError},
    resolver::Resolver,
    stream::UpstreamIo,
};

/// The name of HTTP/2 in a TLS handshake.
const ALPN_HTTP2: &[u8] = b"h2";

/// Connects to where the endpoint is, within `limit`.
///
/// # Errors
/// The name cannot be resolved, no address accepts a connection, the TLS handshake fails, or it takes
/// too long.
pub(super) async fn connect(
    endpoint: &Endpoint,
    resolver: &Resolver,
    limit: Duration,
) -> Result<UpstreamIo, SendError> {
    let deadline = Instant::now() + limit;
    let connecting = async {
        match endpoint {
            Endpoint::Tcp { host, port } => {
                let stream = connect_tcp(resolver, host, *port, deadline).await?;
                Ok(UpstreamIo::Tcp(stream))
            }
            Endpoint::Tls {
                host,
                port,
                handshake,
            } => {
                let stream = connect_tcp(resolver, host, *port, deadline).await?;
                encrypt(stream, handshake).await
            }
            Endpoint::Unix(path) => connect_unix(path).await,
        }
    };
    match timeout_at(deadline, connecting).await {
        Ok(Ok(io)) => Ok(io),
        Ok(Err(Failure::Error(source))) => Err(SendError::Connect {
            endpoint: endpoint.to_string(),
            source,
        }),
        Ok(Err(Failure::TimedOut)) | Err(_) => Err(SendError::ConnectTimeout {
            endpoint: endpoint.to_string(),
            limit,
        }),
    }
}

/// Why one or all addresses failed.
#[derive(Debug)]
enum Failure {
    Error(ConnectError),
    TimedOut,
}

/// Tries all addresses of a host. Each gets an equal share of the time that is left, so that one
/// that does not answer leaves some to the others.
async fn connect_tcp(
    resolver: &Resolver,
    host: &str,
    port: u16,
    deadline: Instant,
) -> Result<TcpStream, Failure> {
    let host_name = || host.to_owned();
    let addresses = match resolver.lookup(host, port).await {
        Ok(addresses) => addresses,
        Err(source) => {
            let host = host_name();
            return Err(Failure::Error(ConnectError::Resolve { host, source }));
        }
    };
    let mut failure = Failure::Error(ConnectError::NoAddress { host: host_name() });
    for (address, left) in addresses.iter().zip((1..=addresses.len()).rev()) {
        let share = deadline.saturating_duration_since(Instant::now())
            / u32::try_from(left).unwrap_or(u32::MAX);
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Requests are sent without delay; if this fails, they are only slower.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(source)) => failure = unreachable(address.to_string(), source),
            Err(_) => failure = Failure::TimedOut,
        }
    }
    Err(failure)
}

async fn encrypt(stream: TcpStream, handshake: &TlsHandshake) -> Result<UpstreamIo, Failure> {
    let name = handshake.server_name.clone();
    let connecting = handshake.connector.connect(name, stream);
    let stream = connecting
        .await
        .map_err(|source| Failure::Error(ConnectError::Tls(source)))?;
    let chosen = stream.get_ref().1.alpn_protocol();
    if handshake.protocol == Protocol::Http2 && chosen != Some(ALPN_HTTP2) {
        return Err(Failure::Error(ConnectError::NoHttp2));
    }
    Ok(UpstreamIo::Tls(Box::new(stream)))
}

async fn connect_unix(path: &Path) -> Result<UpstreamIo, Failure> {
    match UnixStream::connect(path).await {
        Ok(stream) => Ok(UpstreamIo::Unix(stream)),
        Err(source) => Err(unreachable(path.display().to_string(), source)),
    }
}

const fn unreachable(address: String, source: io::Error) -> Failure {
    Failure::Error(ConnectError::Unreachable { address, source })
}
