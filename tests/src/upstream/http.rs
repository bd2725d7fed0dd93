use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    pin::{Pin, pin},
    sync::{
        Mutex, PoisonError,
        mpsc::{self, Receiver},
    },
};

use hyper::{
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream, UnixListener},
    sync::watch,
};

use super::{
    behaviour::Server,
    exchange::Exchange,
    record::{Record, SeenRequest},
};
use crate::{
    DEADLINE,
    background::{Background, wait_for},
    eventually,
};

/// How HTTP/2 with prior knowledge begins.
const HTTP2_BEGIN: &[u8] = b"PRI";

/// A model server over HTTP/1.1 and HTTP/2 with prior knowledge.
///
/// The header `x-behaviour` of a request says how it is answered:
///
/// | value | answer |
/// | --- | --- |
/// | none | the request as JSON: `method`, `target`, `authority`, `version`, `headers`, `body`, `trailers` |
/// | `download=N` | N bytes of [`pattern`](crate::pattern) |
/// | `upload` | `{"received": N}`, or `null` if the body was not the pattern |
/// | `upgrade` | 101 with the protocol that was asked for; then every byte is sent back |
/// | `redirect=LOCATION` | 307 |
/// | `test` | given by the test: [`next_exchange`](Self::next_exchange) |
#[derive(Debug)]
pub struct HttpUpstream {
    place: Place,
    record: Record,
    exchanges: Mutex<Receiver<Exchange>>,
    finish: watch::Sender<usize>,
    _background: Background,
}

#[derive(Debug)]
enum Place {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

impl HttpUpstream {
    /// Listens on a free port of the loopback interface.
    #[must_use]
    pub fn start() -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// Listens at an address.
    #[must_use]
    pub fn start_at(address: SocketAddr) -> Self {
        let background = Background::start();
        let bound = wait_for(background.handle(), TcpListener::bind(address));
        let listener = bound.expect("in time").expect("a free port");
        let place = Place::Tcp(listener.local_addr().expect("an address"));
        Self::serve(background, place, |server| accept_tcp(listener, server))
    }

    /// Listens on a Unix socket, for HTTP/1.1 alone.
    #[must_use]
    pub fn start_unix(path: &Path) -> Self {
        let background = Background::start();
        let listener = {
            let _entered = background.handle().enter();
            UnixListener::bind(path).expect("a socket")
        };
        let place = Place::Unix(path.to_owned());
        Self::serve(background, place, |server| accept_unix(listener, server))
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

    /// The requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.record.lock().requests.clone()
    }

    /// How many connections there were so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.record.lock().connections
    }

    /// How many connections are open now.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.record.lock().open_connections
    }

    /// How many bytes of downloads were given to the network so far.
    #[must_use]
    pub fn bytes_sent(&self) -> u64 {
        self.record.lock().bytes_sent
    }

    /// How many bytes of uploads have arrived so far.
    #[must_use]
    pub fn bytes_received(&self) -> u64 {
        self.record.lock().bytes_received
    }

    /// Waits until this many requests have arrived, and returns all.
    #[must_use]
    pub fn wait_for_requests(&self, count: usize) -> Vec<SeenRequest> {
        eventually(&format!("{count} requests reach the upstream"), || {
            let requests = self.requests();
            (requests.len() >= count).then_some(requests)
        })
    }

    /// Waits for the next request with `x-behaviour: test`.
    ///
    /// # Panics
    /// When none arrives.
    #[must_use]
    pub fn next_exchange(&self) -> Exchange {
        let exchanges = self
            .exchanges
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        exchanges
            .recv_timeout(DEADLINE)
            .expect("a request that the test answers")
    }

    /// Ends the connections that are open now as soon as their requests have ended: HTTP/2 says GOAWAY.
    pub fn finish_connections(&self) {
        self.finish.send_modify(|count| *count += 1);
    }

    fn serve<F: Future<Output = ()> + Send + 'static>(
        background: Background,
        place: Place,
        accept: impl FnOnce(Server) -> F,
    ) -> Self {
        let (sender, exchanges) = mpsc::channel();
        let record = Record::default();
        let (finish, finished) = watch::channel(0);
        let server = Server {
            record: record.clone(),
            exchanges: sender,
            handle: background.handle().clone(),
            finished,
        };
        background.handle().spawn(accept(server));
        Self {
            place,
            record,
            exchanges: Mutex::new(exchanges),
            finish,
            _background: background,
        }
    }
}

async fn accept_tcp(listener: TcpListener, server: Server) {
    while let Ok((stream, _)) = listener.accept().await {
        let server = server.clone();
        tokio::spawn(async move {
            stream.set_nodelay(true)?;
            let is_http2 = begins_with_http2(&stream).await?;
            serve_connection(stream, is_http2, server).await;
            io::Result::Ok(())
        });
    }
}

async fn accept_unix(listener: UnixListener, server: Server) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve_connection(stream, false, server.clone()));
    }
}

/// One byte decides: no method of a request begins as HTTP/2's preface does but `PRI`.
async fn begins_with_http2(stream: &TcpStream) -> io::Result<bool> {
    let mut begin = [0; HTTP2_BEGIN.len()];
    let count = stream.peek(&mut begin).await?;
    Ok(count > 1 && HTTP2_BEGIN.starts_with(&begin[..count]))
}

async fn serve_connection<S>(stream: S, is_http2: bool, server: Server)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let record = server.record.clone();
    let connection = {
        let mut counts = record.lock();
        counts.connections += 1;
        counts.open_connections += 1;
        counts.connections - 1
    };
    let mut finished = server.finished.clone();
    finished.mark_unchanged();
    let service = service_fn(move |request| server.clone().respond(request, connection));
    let stream = TokioIo::new(stream);
    // The host may close the connection at any time; the test sees that elsewhere.
    if is_http2 {
        let builder = http2::Builder::new(TokioExecutor::new());
        let connection = builder.serve_connection(stream, service);
        drive(connection, http2::Connection::graceful_shutdown, finished).await;
    } else {
        let connection = http1::Builder::new().serve_connection(stream, service);
        let finish = http1::UpgradeableConnection::graceful_shutdown;
        drive(connection.with_upgrades(), finish, finished).await;
    }
    record.lock().open_connections -= 1;
}

/// Runs a connection until it ends, and calls `finish` when the test says so.
async fn drive<C: Future>(
    connection: C,
    finish: impl FnOnce(Pin<&mut C>),
    mut finished: watch::Receiver<usize>,
) {
    let mut connection = pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = finished.changed() => {}
    }
    finish(connection.as_mut());
    connection.await;
}
