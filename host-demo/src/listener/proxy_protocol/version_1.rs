//! Version 1: a line of text.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::error::ProxyHeaderError;

pub(super) const START: &[u8] = b"PROXY ";

/// The longest line that the specification allows, its end included.
const LINE_BYTES_MAX: usize = 107;

const MALFORMED: ProxyHeaderError = ProxyHeaderError::Malformed { version: 1 };

/// Reads the rest of the line, byte by byte: what comes after it belongs to the client.
pub(super) async fn read<S>(
    start: &[u8],
    stream: &mut S,
) -> Result<Option<SocketAddr>, ProxyHeaderError>
where
    S: AsyncRead + Unpin,
{
    let mut line = start.to_vec();
    while !line.ends_with(b"\r\n") {
        if line.len() == LINE_BYTES_MAX {
            return Err(ProxyHeaderError::TooLong {
                version: 1,
                limit_bytes: LINE_BYTES_MAX,
            });
        }
        line.push(stream.read_u8().await?);
    }
    let line = line
        .strip_suffix(b"\r\n")
        .and_then(|line| str::from_utf8(line).ok());
    parse(line.ok_or(MALFORMED)?)
}

/// `PROXY TCP4 SOURCE DESTINATION SOURCE_PORT DESTINATION_PORT`, or `PROXY UNKNOWN` and anything.
fn parse(line: &str) -> Result<Option<SocketAddr>, ProxyHeaderError> {
    let mut fields = line.split(' ');
    let source = match (fields.next(), fields.next()) {
        (Some("PROXY"), Some("UNKNOWN")) => return Ok(None),
        (Some("PROXY"), Some("TCP4")) => addresses::<Ipv4Addr>(fields),
        (Some("PROXY"), Some("TCP6")) => addresses::<Ipv6Addr>(fields),
        _ => None,
    };
    source.map(Some).ok_or(MALFORMED)
}

/// All four fields have to be right, though only the source counts.
fn addresses<'l, A>(mut fields: impl Iterator<Item = &'l str>) -> Option<SocketAddr>
where
    A: FromStr + Into<IpAddr>,
{
    let source: A = fields.next()?.parse().ok()?;
    let _: A = fields.next()?.parse().ok()?;
    let port = port(fields.next()?)?;
    self::port(fields.next()?)?;
    let is_end = fields.next().is_none();
    is_end.then(|| SocketAddr::new(source.into(), port))
}

/// Decimal, without a sign and without zeros before it.
fn port(text: &str) -> Option<u16> {
    let port: u16 = text.parse().ok()?;
    (port.to_string() == text).then_some(port)
}
