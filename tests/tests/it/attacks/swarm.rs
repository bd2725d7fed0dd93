//! The connections of one attack.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use integration_tests::{TlsClient, http2::frames::answer_pings};
use rustls::{ClientConnection, StreamOwned};

use super::kind::{Attack, Transport};

const INTERVAL: Duration = Duration::from_millis(100);
const REPEATED_EVERY: Duration = Duration::from_secs(1);
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// Open connections.
pub(super) struct Swarm {
    connections: Vec<Attacker>,
    attack: Attack,
}

struct Attacker {
    stream: Stream,
    unsent: Vec<u8>,
    received: Vec<u8>,
    is_cut_off: bool,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Swarm {
    /// Opens all, each with the bytes that it sends first.
    pub(super) fn open(
        address: SocketAddr,
        attack: &Attack,
        client: &TlsClient,
        count: usize,
    ) -> Self {
        let connections = (0..count)
            .map(|_| Attacker::open(address, attack, client))
            .collect();
        Self {
            connections,
            attack: *attack,
        }
    }

    /// Goes on until the server has cut all off, or for so long. Returns how many are still open, which `still_open`
    /// says.
    pub(super) fn act_until_cut_off(
        &mut self,
        watched: Duration,
        still_open: impl Fn() -> usize,
    ) -> usize {
        let begin = Instant::now();
        let mut repeated_at = begin;
        loop {
            let repeats = repeated_at.elapsed() >= REPEATED_EVERY;
            if repeats {
                repeated_at = Instant::now();
            }
            for connection in &mut self.connections {
                if !connection.is_cut_off {
                    connection.act(&self.attack, repeats);
                }
            }
            let open = still_open();
            if open == 0 || begin.elapsed() > watched {
                return open;
            }
            thread::sleep(INTERVAL);
        }
    }
}

impl Attacker {
    fn open(address: SocketAddr, attack: &Attack, client: &TlsClient) -> Self {
        let socket = TcpStream::connect_timeout(&address, CONNECT_MAX).expect("it is accepted");
        let stream = match attack.transport {
            Transport::Plain | Transport::InsteadOfTls => Stream::Plain(socket),
            Transport::Tls | Transport::TlsHttp2 => {
                let session = ClientConnection::new(client.config(), TlsClient::server_name());
                let mut stream = StreamOwned::new(session.expect("a session"), socket);
                let session = &mut stream.conn;
                session
                    .complete_io(&mut stream.sock)
                    .expect("the handshake succeeds");
                Stream::Tls(Box::new(stream))
            }
        };
        stream
            .socket()
            .set_nonblocking(true)
            .expect("it need not wait");
        let mut attacker = Self {
            stream,
            unsent: (attack.opening)(),
            received: Vec::new(),
            is_cut_off: false,
        };
        attacker.is_cut_off = attacker.send().is_err();
        attacker
    }

    fn act(&mut self, attack: &Attack, repeats: bool) {
        if repeats && self.unsent.is_empty() {
            self.unsent = (attack.repeated)();
        }
        let mut done = self.send();
        if attack.reads {
            done = done.and_then(|()| self.receive());
        }
        self.is_cut_off = done.is_err();
    }

    fn send(&mut self) -> io::Result<()> {
        let stream = self.stream.as_write();
        while !self.unsent.is_empty() {
            match stream.write(&self.unsent) {
                Ok(sent) => drop(self.unsent.drain(..sent)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        match stream.flush() {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            _ => Ok(()),
        }
    }

    fn receive(&mut self) -> io::Result<()> {
        let mut buffer = [0; 4096];
        loop {
            match self.stream.as_read().read(&mut buffer) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(length) => self.received.extend(&buffer[..length]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        if self.unsent.is_empty() {
            self.unsent = answer_pings(&mut self.received);
        }
        Ok(())
    }
}

impl Stream {
    fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => &stream.sock,
        }
    }

    fn as_write(&mut self) -> &mut dyn Write {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => stream,
        }
    }

    fn as_read(&mut self) -> &mut dyn Read {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => stream,
        }
    }
}
