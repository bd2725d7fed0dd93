use std::{io, net::SocketAddr};

use crate::{
    Connection, Host, Listener, Request, Response,
    http2::{Http2Connection, Http2Exchange},
};

/// How much is read at once of a body whose length is known.
const READ_BYTES: usize = 64 * 1024;

/// A version of HTTP, for what must be the same over each.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a test runs over each of them")]
pub enum Client {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2 with prior knowledge.
    Http2,
}

/// One request on a connection of its own. Dropping it before its end is what a client does that goes away.
#[derive(Debug)]
pub struct ClientExchange(Exchange);

#[derive(Debug)]
enum Exchange {
    Http1 {
        connection: Connection,
        is_head: bool,
        framing: Framing,
    },
    Http2 {
        exchange: Http2Exchange,
        // Closed after the exchange.
        _connection: Http2Connection,
    },
}

/// Where the body of a response ends.
#[derive(Debug)]
enum Framing {
    Chunked,
    Length(usize),
    Close,
    Ended,
}

impl Client {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Http1, Self::Http2];

    /// Sends a whole request and reads the whole response.
    #[must_use]
    pub fn exchange(self, host: &Host, listener: Listener, request: &Request) -> Response {
        match self {
            Self::Http1 => host.send(listener, request),
            Self::Http2 => self.start(host.address(listener), request).response(),
        }
    }

    /// Sends a whole request; its response is read piece by piece.
    #[must_use]
    pub fn start(self, address: SocketAddr, request: &Request) -> ClientExchange {
        let mut exchange = self.open(address, request, &request.to_bytes());
        if let Exchange::Http2 { exchange, .. } = &mut exchange.0 {
            exchange.finish();
        }
        exchange
    }

    /// Sends the head of a request; its body is sent piece by piece.
    #[must_use]
    pub fn start_upload(self, address: SocketAddr, request: &Request) -> ClientExchange {
        let chunked = request.clone().header("Transfer-Encoding", "chunked");
        self.open(address, request, &chunked.to_bytes())
    }

    fn open(self, address: SocketAddr, request: &Request, http1_bytes: &[u8]) -> ClientExchange {
        match self {
            Self::Http1 => {
                let connection = Connection::open(address);
                ClientExchange::http1(connection, request.is_head(), http1_bytes)
            }
            Self::Http2 => ClientExchange::http2(Http2Connection::open(address), request),
        }
    }
}

impl ClientExchange {
    /// Sends a whole request on a connection of HTTP/1.1.
    #[must_use]
    pub fn over_http1(connection: Connection, request: &Request) -> Self {
        Self::http1(connection, request.is_head(), &request.to_bytes())
    }

    /// Sends a whole request on a connection of HTTP/2.
    #[must_use]
    pub fn over_http2(connection: Http2Connection, request: &Request) -> Self {
        let mut exchange = Self::http2(connection, request);
        exchange.finish();
        exchange
    }

    fn http1(mut connection: Connection, is_head: bool, bytes: &[u8]) -> Self {
        connection.send(bytes);
        Self(Exchange::Http1 {
            connection,
            is_head,
            framing: Framing::Ended,
        })
    }

    fn http2(connection: Http2Connection, request: &Request) -> Self {
        Self(Exchange::Http2 {
            exchange: connection.start(request),
            _connection: connection,
        })
    }

    /// Sends a piece of the body.
    ///
    /// # Errors
    /// When the host has closed the connection.
    pub fn send(&mut self, piece: &[u8]) -> io::Result<()> {
        match &mut self.0 {
            Exchange::Http1 { connection, .. } => {
                let size = format!("{:x}\r\n", piece.len());
                connection.try_send(&[size.as_bytes(), piece, b"\r\n"].concat())
            }
            Exchange::Http2 { exchange, .. } => {
                exchange.send(piece.to_vec());
                Ok(())
            }
        }
    }

    /// Ends the body.
    pub fn finish(&mut self) {
        match &mut self.0 {
            Exchange::Http1 { connection, .. } => {
                // The response shows whether it was received.
                let _ = connection.try_send(b"0\r\n\r\n");
            }
            Exchange::Http2 { exchange, .. } => exchange.finish(),
        }
    }

    /// Waits for the head of the response; its body is not read yet.
    pub fn head(&mut self) -> Response {
        match &mut self.0 {
            Exchange::Http1 {
                connection,
                is_head,
                framing,
            } => {
                let head = connection.receive_head();
                *framing = Framing::of(&head, *is_head);
                head
            }
            Exchange::Http2 { exchange, .. } => exchange.head(),
        }
    }

    /// Reads the next piece of the response's body; `None` at its end.
    ///
    /// # Errors
    /// When it is cut off.
    pub fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        match &mut self.0 {
            Exchange::Http1 {
                connection,
                framing,
                ..
            } => framing.read(connection),
            Exchange::Http2 { exchange, .. } => exchange
                .read()
                .map(|piece| piece.map(Into::into))
                .map_err(io::Error::other),
        }
    }

    /// Reads the response's body up to a length, or to its end if that comes first.
    ///
    /// # Errors
    /// When it is cut off.
    pub fn read_at_least(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        while body.len() < length
            && let Some(piece) = self.read()?
        {
            body.extend(piece);
        }
        Ok(body)
    }

    /// Reads the rest of the response's body, and says whether it was complete.
    pub fn rest(&mut self) -> (Vec<u8>, io::Result<()>) {
        let mut body = Vec::new();
        loop {
            match self.read() {
                Ok(Some(piece)) => body.extend(piece),
                Ok(None) => return (body, Ok(())),
                Err(error) => return (body, Err(error)),
            }
        }
    }

    /// Waits for the whole response.
    ///
    /// # Panics
    /// When it is cut off.
    pub fn response(&mut self) -> Response {
        let mut response = self.head();
        let (body, end) = self.rest();
        end.unwrap_or_else(|error| panic!("{response:?}: {error:?}"));
        response.body = body;
        response
    }

    /// The trailers, once the body has been read to its end.
    #[must_use]
    pub fn trailers(&self) -> Vec<(String, String)> {
        match &self.0 {
            Exchange::Http1 { connection, .. } => connection.trailers().to_vec(),
            Exchange::Http2 { exchange, .. } => exchange.trailers(),
        }
    }
}

impl Framing {
    fn of(head: &Response, is_head: bool) -> Self {
        if is_head || head.status < 200 || matches!(head.status, 204 | 304) {
            Self::Ended
        } else if head.header("transfer-encoding") == Some("chunked") {
            Self::Chunked
        } else if let Some(length) = head.header("content-length") {
            Self::Length(length.parse().expect("a length"))
        } else {
            Self::Close
        }
    }

    fn read(&mut self, connection: &mut Connection) -> io::Result<Option<Vec<u8>>> {
        let piece = match self {
            Self::Chunked => connection.receive_chunk()?,
            Self::Length(0) | Self::Ended => None,
            Self::Length(left) => {
                let piece = connection.receive_some(READ_BYTES.min(*left))?;
                if piece.is_empty() {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                *left -= piece.len();
                Some(piece)
            }
            Self::Close => Some(connection.receive_some(READ_BYTES)?).filter(|one| !one.is_empty()),
        };
        if piece.is_none() {
            *self = Self::Ended;
        }
        Ok(piece)
    }
}
