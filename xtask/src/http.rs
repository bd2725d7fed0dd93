//! A minimal HTTP/1.1 client, one request for each connection.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

#[cfg(test)]
mod tests;

/// A server that needs longer counts as not responding.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The response of a server.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Response {
    /// For example 200.
    pub(crate) status: u16,
    /// Without the head.
    pub(crate) body: Vec<u8>,
}

/// Sends `GET` on a new connection.
///
/// # Errors
/// The connection fails, or the response is not HTTP.
pub(crate) fn get(address: SocketAddr, path: &str, key: Option<&str>) -> io::Result<Response> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    let authorization = key.map(|key| format!("Authorization: Bearer {key}\r\n"));
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{}\r\n",
        authorization.unwrap_or_default()
    );
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    parse(&bytes).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not an HTTP response"))
}

fn parse(bytes: &[u8]) -> Option<Response> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, rest) = bytes.split_at_checked(end)?;
    let mut words = std::str::from_utf8(head).ok()?.split(' ');
    words
        .next()
        .filter(|version| version.starts_with("HTTP/1."))?;
    Some(Response {
        status: words.next()?.get(..3)?.parse().ok()?,
        body: rest.get(4..)?.to_vec(),
    })
}
