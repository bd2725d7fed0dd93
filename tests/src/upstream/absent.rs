use std::{
    io,
    net::{SocketAddr, TcpStream},
    sync::Mutex,
    time::Duration,
};

use socket2::{Domain, Socket, Type};

/// How long a connection that the system cannot queue is tried.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(200);
/// More than any system queues for a backlog of 0.
const CONNECTIONS_MAX: usize = 16;

/// Bound and not listening: their ports are nobody else's while the tests run.
static REFUSING: Mutex<Vec<Socket>> = Mutex::new(Vec::new());

/// An address at which connections are refused, for as long as the tests run.
///
/// # Panics
/// When there is no free port.
#[must_use]
pub fn refusing_address() -> SocketAddr {
    let (socket, address) = bound();
    REFUSING
        .lock()
        .expect("no panic while it is held")
        .push(socket);
    address
}

/// A socket with a port of its own.
fn bound() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&any.into()).expect("a free port");
    let address = socket.local_addr().expect("an address");
    (socket, address.as_socket().expect("an IP address"))
}

/// An address at which a connection is neither accepted nor refused.
#[derive(Debug)]
pub struct SilentListener {
    address: SocketAddr,
    _listener: Socket,
    _queued: Vec<TcpStream>,
}

impl SilentListener {
    /// Listens, and fills the queue of the system.
    #[must_use]
    pub fn start() -> Self {
        let (listener, address) = bound();
        listener.listen(0).expect("it listens");
        Self {
            address,
            _listener: listener,
            _queued: fill_queue(address),
        }
    }

    /// Its address.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

fn fill_queue(address: SocketAddr) -> Vec<TcpStream> {
    let mut queued = Vec::new();
    while queued.len() < CONNECTIONS_MAX {
        match TcpStream::connect_timeout(&address, CONNECT_TIMEOUT) {
            Ok(stream) => queued.push(stream),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => return queued,
            Err(error) => panic!("{address}: {error}"),
        }
    }
    panic!("the system queues more than {CONNECTIONS_MAX} connections");
}
