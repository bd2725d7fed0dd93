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
    let mut bytes = Vec::new();
    send(address, path, key)?.read_to_end(&mut bytes)?;
    parse(&bytes).ok_or_else(not_http)
}

/// Sends `GET` on a new connection and reads no more than the status, for servers that keep the
/// connection open all the same.
///
/// # Errors
/// The connection fails, or the response is not HTTP.
pub(crate) fn status(address: SocketAddr, path: &str) -> io::Result<u16> {
    let mut start = [0; "HTTP/1.1 200".len()];
    send(address, path, None)?.read_exact(&mut start)?;
    parse_status(&start).ok_or_else(not_http)
}

fn send(address: SocketAddr, path: &str, key: Option<&str>) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    let authorization = key.map(|key| format!("Authorization: Bearer {key}\r\n"));
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{}\r\n",
        authorization.unwrap_or_default()
    );
    stream.write_all(request.as_bytes())?;
    Ok(stream)
}

fn not_http() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "not an HTTP response")
}

fn parse(bytes: &[u8]) -> Option<Response> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, rest) = bytes.split_at_checked(end)?;
    Some(Response {
        status: parse_status(head)?,
        body: rest.get(4..)?.to_vec(),
    })
}

fn parse_status(head: &[u8]) -> Option<u16> {
    let mut words = std::str::from_utf8(head).ok()?.split(' ');
    words
        .next()
        .filter(|version| version.starts_with("HTTP/1."))?;
    words.next()?.get(..3)?.parse().ok()
}
