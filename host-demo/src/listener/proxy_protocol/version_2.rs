//! Version 2: binary.

use std::net::{IpAddr, SocketAddr};

use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::error::ProxyHeaderError;

/// How much may follow the first 16 bytes: addresses, and additions that are not read.
const REST_BYTES_MAX: usize = 2048;

const MALFORMED: ProxyHeaderError = ProxyHeaderError::Malformed { version: 2 };

const LOCAL: u8 = 0x20;
const PROXY: u8 = 0x21;
const TCP_OVER_IPV4: u8 = 0x11;
const TCP_OVER_IPV6: u8 = 0x21;
const UNSPECIFIED: u8 = 0x00;
const UNIX_STREAM: u8 = 0x31;

/// Reads what comes after the signature.
pub(super) async fn read<S>(stream: &mut S) -> Result<Option<SocketAddr>, ProxyHeaderError>
where
    S: AsyncRead + Unpin,
{
    let command = stream.read_u8().await?;
    let family = stream.read_u8().await?;
    let length = usize::from(stream.read_u16().await?);
    if length > REST_BYTES_MAX {
        return Err(ProxyHeaderError::TooLong {
            version: 2,
            limit_bytes: REST_BYTES_MAX,
        });
    }
    let mut rest = vec![0; length];
    stream.read_exact(&mut rest).await?;
    match (command, family) {
        (LOCAL, _) | (PROXY, UNSPECIFIED | UNIX_STREAM) => Ok(None),
        (PROXY, TCP_OVER_IPV4) => source::<4>(&rest).map(Some).ok_or(MALFORMED),
        (PROXY, TCP_OVER_IPV6) => source::<16>(&rest).map(Some).ok_or(MALFORMED),
        _ => Err(MALFORMED),
    }
}

/// Source and destination address, source and destination port.
fn source<const N: usize>(rest: &[u8]) -> Option<SocketAddr>
where
    IpAddr: From<[u8; N]>,
{
    let (address, rest) = rest.split_first_chunk::<N>()?;
    let (_, rest) = rest.split_first_chunk::<N>()?;
    let (port, rest) = rest.split_first_chunk::<2>()?;
    rest.first_chunk::<2>()?;
    Some(SocketAddr::new(
        IpAddr::from(*address),
        u16::from_be_bytes(*port),
    ))
}
