use std::{error::Error as _, time::Duration};

use http_body_util::BodyExt as _;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    runtime::LocalRuntime,
    sync::mpsc,
    task::spawn_local,
    time::timeout,
};

use super::*;
use crate::{
    http::{
        body::ResponseBody,
        test_support::{FrameResult, channel_body, data},
    },
    telemetry::metrics::Metrics,
};

mod bodies;
mod connecting;
mod early_close;
mod http2;
mod limits;
mod responses;
mod reuse;
mod tls;
mod unsent;
mod upgrades;

/// Longer than anything takes that does happen.
const SOON: Duration = Duration::from_secs(10);
/// An answer without a body, after which the connection stays open.
const EMPTY_ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const NO_CONNECTIONS: usize = 1_000;

type Client = UpstreamClient<ResponseBody>;

/// An upstream whose connections a test reads and writes by hand.
struct Upstream {
    listener: TcpListener,
    destination: Arc<Destination>,
}

impl Upstream {
    async fn start() -> Self {
        Self::limited(Protocol::Http1, NO_CONNECTIONS, NO_CONNECTIONS).await
    }

    async fn limited(protocol: Protocol, connections_max: usize, queue_max: usize) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = Endpoint::Tcp {
            host: "127.0.0.1".to_owned(),
            port: listener.local_addr().unwrap().port(),
        };
        let destination = Destination::new(endpoint, protocol, connections_max, queue_max);
        Self {
            listener,
            destination: Arc::new(destination),
        }
    }

    async fn accept(&self) -> TcpStream {
        let accepted = timeout(SOON, self.listener.accept()).await;
        accepted.expect("a connection").unwrap().0
    }

    /// Whether no connection waits to be accepted.
    async fn has_no_other_connection(&self) -> bool {
        let accepted = timeout(Duration::from_millis(50), self.listener.accept());
        accepted.await.is_err()
    }

    /// Starts to send a request in a task of its own.
    fn send(&self, client: &Rc<Client>, request: Request<ResponseBody>) -> Sending {
        let (client, destination) = (Rc::clone(client), Arc::clone(&self.destination));
        Sending(spawn_local(async move {
            let sent = client.send(&destination, request).await;
            sent.map_err(|failure| failure.error)
        }))
    }
}

/// A request that is being sent.
struct Sending(tokio::task::JoinHandle<Result<Response<UpstreamBody<ResponseBody>>, SendError>>);

impl Sending {
    async fn outcome(self) -> Result<Response<UpstreamBody<ResponseBody>>, SendError> {
        timeout(SOON, self.0).await.expect("an outcome").unwrap()
    }

    async fn response(self) -> Response<UpstreamBody<ResponseBody>> {
        self.outcome().await.unwrap()
    }

    async fn error(self) -> SendError {
        self.outcome().await.unwrap_err()
    }
}

fn run<T>(work: impl Future<Output = T>) -> T {
    LocalRuntime::new().unwrap().block_on(work)
}

fn settings() -> ClientSettings {
    ClientSettings {
        resolver: Resolver::start().unwrap(),
        connect_timeout: SOON,
        queue_timeout: SOON,
        idle_timeout: SOON,
        ping_interval: SOON,
        ping_timeout: SOON,
        response_head_bytes_max: 16 * 1024,
        buffer_bytes_max: 64 * 1024,
    }
}

fn metrics() -> Metrics {
    Metrics::new(Vec::new(), 1)
}

fn client_with(settings: ClientSettings, metrics: &Metrics) -> Rc<Client> {
    let counters = Arc::clone(&metrics.workers()[0]);
    Rc::new(UpstreamClient::new(settings, counters))
}

fn client() -> Rc<Client> {
    client_with(settings(), &metrics())
}

/// The value of a metric, by its name and labels.
fn metric(metrics: &Metrics, name: &str) -> u64 {
    let text = metrics.render(
        Vec::new(),
        &prometheus_client::registry::Registry::default(),
    );
    let start = format!("host_demo_{name} ");
    let line = text.lines().find(|line| line.starts_with(&start));
    let value = line.unwrap_or_else(|| panic!("{start} in {text}"));
    value[start.len()..].parse().unwrap()
}

fn get() -> Request<ResponseBody> {
    with_body(http::Method::GET, ResponseBody::default())
}

fn post(body: ResponseBody) -> Request<ResponseBody> {
    with_body(http::Method::POST, body)
}

fn with_body(method: http::Method, body: ResponseBody) -> Request<ResponseBody> {
    Request::builder()
        .method(method)
        .uri("/path?query")
        .header("host", "upstream")
        .body(body)
        .unwrap()
}

/// A request body and what feeds it.
fn fed_body() -> (mpsc::UnboundedSender<FrameResult>, ResponseBody) {
    let (sender, body) = channel_body();
    (sender, ResponseBody::stream(body))
}

/// Reads as far as `end`.
async fn read_until<S: AsyncRead + Unpin>(stream: &mut S, end: &str) -> String {
    let mut text = String::new();
    while !text.ends_with(end) {
        match timeout(SOON, stream.read_u8()).await.expect("bytes") {
            Ok(byte) => text.push(char::from(byte)),
            Err(error) => panic!("{error} after {text:?}"),
        }
    }
    text
}

async fn read_head<S: AsyncRead + Unpin>(stream: &mut S) -> String {
    read_until(stream, "\r\n\r\n").await
}

async fn write(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}

/// Reads the head of a request and answers it.
async fn answer(stream: &mut TcpStream, text: &str) -> String {
    let head = read_head(stream).await;
    write(stream, text).await;
    head
}

/// Waits until the client has closed the connection, whatever it sent before.
async fn assert_closed(stream: &mut TcpStream, within: Duration) {
    let mut rest = Vec::new();
    // A connection that is reset is closed too.
    let _ = timeout(within, stream.read_to_end(&mut rest))
        .await
        .expect("the connection is closed");
}

async fn text(response: Response<UpstreamBody<ResponseBody>>) -> String {
    let body = timeout(SOON, response.into_body().collect()).await;
    let bytes = body.expect("an end").unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}
