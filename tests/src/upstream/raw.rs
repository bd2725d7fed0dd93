use std::{
    io,
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

pub use self::connection::RawConnection;
use self::{connection::Stream, shared::Shared};
use crate::eventually;

mod connection;
mod shared;

/// How often a blocked connection looks whether the test has ended.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A server that records every byte and plays a script on each connection.
///
/// A script is a function; its end, an error included, closes the connection.
///
/// ```no_run
/// # use integration_tests::upstream::RawUpstream;
/// let upstream = RawUpstream::start(|connection| {
///     connection.read_head()?;
///     connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel")?;
///     connection.wait_for_release()?;
///     connection.reset()
/// });
/// ```
#[derive(Debug)]
pub struct RawUpstream {
    place: Place,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Clone, Debug)]
enum Place {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

type Script = dyn Fn(&mut RawConnection) -> io::Result<()> + Send + Sync;

impl RawUpstream {
    /// Listens on a free port of the loopback interface.
    #[must_use]
    pub fn start(
        script: impl Fn(&mut RawConnection) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let place = Place::Tcp(listener.local_addr().expect("an address"));
        let accept = move || {
            let (stream, _) = listener.accept()?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(POLL_INTERVAL))?;
            stream.set_write_timeout(Some(POLL_INTERVAL))?;
            Ok(Stream::Tcp(stream))
        };
        Self::serve(place, accept, script)
    }

    /// Listens on a Unix socket.
    #[must_use]
    pub fn start_unix(
        path: &Path,
        script: impl Fn(&mut RawConnection) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = UnixListener::bind(path).expect("a socket");
        let accept = move || {
            let (stream, _) = listener.accept()?;
            stream.set_read_timeout(Some(POLL_INTERVAL))?;
            stream.set_write_timeout(Some(POLL_INTERVAL))?;
            Ok(Stream::Unix(stream))
        };
        Self::serve(Place::Unix(path.to_owned()), accept, script)
    }

    /// As a setting names it, such as `http://127.0.0.1:18080`.
    #[must_use]
    pub fn url(&self) -> String {
        match &self.place {
            Place::Tcp(address) => format!("http://{address}"),
            Place::Unix(path) => format!("unix:{}", path.display()),
        }
    }

    /// The authority of its URL, such as `127.0.0.1:18080`.
    #[must_use]
    pub fn authority(&self) -> String {
        match &self.place {
            Place::Tcp(address) => address.to_string(),
            Place::Unix(_) => "localhost".to_owned(),
        }
    }

    /// What each connection has sent so far.
    #[must_use]
    pub fn received(&self) -> Vec<Vec<u8>> {
        self.shared.lock().received.clone()
    }

    /// All bytes of all connections as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.received().concat()).into_owned()
    }

    /// How many connections there were.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.lock().received.len()
    }

    /// Waits until it has closed as many connections.
    pub fn wait_for_closed(&self, count: usize) {
        eventually(&format!("the upstream closes {count} connections"), || {
            (self.shared.lock().closed >= count).then_some(())
        });
    }

    /// Waits until the text occurs in what was received, and returns all of it.
    #[must_use]
    pub fn wait_for_text(&self, text: &str) -> String {
        eventually(&format!("{text:?} reaches the upstream"), || {
            let received = self.text();
            received.contains(text).then_some(received)
        })
    }

    /// Lets one [`RawConnection::wait_for_release`] go on.
    pub fn release(&self) {
        self.shared.lock().releases += 1;
        self.shared.changed.notify_all();
    }

    fn serve(
        place: Place,
        accept: impl Fn() -> io::Result<Stream> + Send + 'static,
        script: impl Fn(&mut RawConnection) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let shared = Arc::<Shared>::default();
        let script: Arc<Script> = Arc::new(script);
        let of_the_acceptor = Arc::clone(&shared);
        let acceptor = thread::spawn(move || accept_all(&of_the_acceptor, accept, &script));
        Self {
            place,
            shared,
            acceptor: Some(acceptor),
        }
    }
}

impl Drop for RawUpstream {
    fn drop(&mut self) {
        self.shared.lock().is_ended = true;
        self.shared.changed.notify_all();
        // Wakes the acceptor.
        match &self.place {
            Place::Tcp(address) => drop(TcpStream::connect(address)),
            Place::Unix(path) => drop(UnixStream::connect(path)),
        }
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

fn accept_all(shared: &Arc<Shared>, accept: impl Fn() -> io::Result<Stream>, script: &Arc<Script>) {
    let mut threads = Vec::new();
    while let Ok(stream) = accept() {
        if shared.is_ended() {
            break;
        }
        let number = {
            let mut state = shared.lock();
            state.received.push(Vec::new());
            state.received.len() - 1
        };
        let mut connection = RawConnection::new(stream, number, Arc::clone(shared));
        let (script, shared) = (Arc::clone(script), Arc::clone(shared));
        threads.push(thread::spawn(move || {
            // The host may close the connection at any time; the test sees that elsewhere.
            let _ = script(&mut connection);
            drop(connection);
            shared.lock().closed += 1;
        }));
    }
    for thread in threads {
        let _ = thread.join();
    }
}
