//! A client of HTTP/2 that keeps none of its promises: it opens streams and takes no responses.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

use super::{
    frames::{self, GOAWAY, HEADERS, INITIAL_WINDOW_SIZE, RST_STREAM},
    raw::{code, number, status},
};
use crate::{DEADLINE, Request};

/// One connection.
#[derive(Debug)]
pub struct FloodConnection {
    stream: TcpStream,
    next: u32,
}

/// What the other side sends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the others are skipped")]
pub enum Sent {
    /// The status of a response, on this stream.
    Status(u32, u16),
    /// `RST_STREAM`: the stream and the error code.
    Reset(u32, u32),
    /// `GOAWAY` with this error code.
    GoAway(u32),
}

impl FloodConnection {
    /// Connects, and lets the other side send so many bytes of each response.
    ///
    /// # Panics
    /// When it cannot connect.
    #[must_use]
    pub fn open(address: SocketAddr, window: u32) -> Self {
        let mut stream = TcpStream::connect(address).expect("the host listens");
        stream.set_read_timeout(Some(DEADLINE)).expect("a timeout");
        let bytes = frames::opening(&[(INITIAL_WINDOW_SIZE, window)]);
        stream.write_all(&bytes).expect("the connection is open");
        Self { stream, next: 1 }
    }

    /// Sends the head of a request; its body follows if it is not ended. Gives the number of its stream.
    pub fn request(&mut self, request: &Request, is_ended: bool) -> u32 {
        let number = self.next;
        self.next += 2;
        let mut fields = vec![
            (":method".to_owned(), request.method()),
            (":scheme".to_owned(), "http"),
            (":path".to_owned(), request.target()),
            (":authority".to_owned(), "x"),
        ];
        for (name, value) in request.headers() {
            let value = std::str::from_utf8(value).expect("text");
            fields.push((name.to_ascii_lowercase(), value));
        }
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (&**name, *value))
            .collect();
        self.send(&frames::head(number, &fields, is_ended));
        number
    }

    /// Sends a byte of a body.
    pub fn trickle(&mut self, number: u32) {
        self.send(&frames::data(number, b"x", false));
    }

    /// Sends a PING.
    pub fn ping(&mut self) {
        self.send(&frames::ping());
    }

    /// The next of what counts.
    ///
    /// # Errors
    /// When the connection ends first.
    pub fn receive(&mut self) -> io::Result<Sent> {
        loop {
            let mut head = [0; 9];
            self.stream.read_exact(&mut head)?;
            let [a, b, c, kind, _, stream @ ..] = head;
            let mut payload = vec![0; number(&[a, b, c])];
            self.stream.read_exact(&mut payload)?;
            let stream = u32::from_be_bytes(stream);
            match kind {
                HEADERS => return Ok(Sent::Status(stream, status(&payload))),
                RST_STREAM => return Ok(Sent::Reset(stream, code(&payload))),
                GOAWAY => return Ok(Sent::GoAway(code(&payload[4..]))),
                _ => {}
            }
        }
    }

    /// Whether the other side has closed the connection, or does before the deadline. `meanwhile` is done again and
    /// again.
    pub fn ends(mut self, mut meanwhile: impl FnMut(&mut Self)) -> bool {
        let wait = std::time::Duration::from_millis(50);
        self.stream.set_read_timeout(Some(wait)).expect("a timeout");
        let mut bytes = [0; 4096];
        let mut waits = DEADLINE.as_millis() / wait.as_millis();
        while waits > 0 {
            match self.stream.read(&mut bytes) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    waits -= 1;
                    meanwhile(&mut self);
                }
                Err(_) => return true,
            }
        }
        false
    }

    /// The connection may be closed meanwhile, which is noticed when something is received.
    fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }
}
