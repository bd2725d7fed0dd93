//! The PROXY protocol, versions 1 and 2: what a proxy sends before the first byte of its client, so
//! that the address of the client is known. Specification: HAProxy's `proxy-protocol.txt`.

use std::{
    net::{SocketAddr, TcpStream as StdTcpStream},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    net::TcpStream,
    time::timeout,
};

pub(super) use self::error::ProxyHeaderError;

mod error;
mod version_1;
mod version_2;

/// How the header of version 2 begins. The shortest one of version 1 is longer.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

/// Reads the header of a connection, within `time_max`, and nothing after it. `None` is a connection of the proxy's own,
/// such as a health check.
pub(super) async fn client_of(
    stream: StdTcpStream,
    time_max: Duration,
) -> Result<(StdTcpStream, Option<SocketAddr>), ProxyHeaderError> {
    let mut stream = TcpStream::from_std(stream)?;
    let header = timeout(time_max, read_header(&mut stream));
    let client = header
        .await
        .map_err(|_| ProxyHeaderError::Timeout { time_max })??;
    Ok((stream.into_std()?, client))
}

pub(super) async fn read_header<S>(stream: &mut S) -> Result<Option<SocketAddr>, ProxyHeaderError>
where
    S: AsyncRead + Unpin,
{
    let mut start = [0; SIGNATURE.len()];
    stream.read_exact(&mut start).await?;
    if start == SIGNATURE {
        version_2::read(stream).await
    } else if start.starts_with(version_1::START) {
        version_1::read(&start, stream).await
    } else {
        Err(ProxyHeaderError::Missing)
    }
}

#[cfg(test)]
mod tests;
