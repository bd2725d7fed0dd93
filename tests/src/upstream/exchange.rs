use std::{
    fmt, io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::{
    runtime::Handle,
    sync::{
        mpsc::{self, UnboundedReceiver, UnboundedSender},
        oneshot,
    },
};

use super::record::SeenRequest;
use crate::{
    background::wait_for,
    body::{ChannelBody, Piece, Watch},
    eventually,
};

type BodyRead = io::Result<Option<Bytes>>;

/// A request whose answer a test gives piece by piece. Dropping it before it is finished breaks the answer off.
pub struct Exchange {
    request: SeenRequest,
    handle: Handle,
    head: Option<oneshot::Sender<Response<ChannelBody>>>,
    body: Option<ChannelBody>,
    pieces: Option<UnboundedSender<Piece>>,
    reads: UnboundedSender<oneshot::Sender<BodyRead>>,
    is_cancelled: Arc<AtomicBool>,
}

/// The server's end of an exchange.
#[derive(Debug)]
pub(super) struct ServerEnd {
    pub(super) head: oneshot::Receiver<Response<ChannelBody>>,
    pub(super) watch: Watch,
    reads: UnboundedReceiver<oneshot::Sender<BodyRead>>,
}

impl Exchange {
    pub(super) fn new(request: SeenRequest, handle: Handle) -> (Self, ServerEnd) {
        let (head, head_receiver) = oneshot::channel();
        let (reads, reads_receiver) = mpsc::unbounded_channel();
        let (pieces, body) = ChannelBody::new();
        let is_cancelled = Arc::<AtomicBool>::default();
        let end = ServerEnd {
            head: head_receiver,
            watch: Watch::new(Arc::clone(&is_cancelled)),
            reads: reads_receiver,
        };
        let exchange = Self {
            request,
            handle,
            head: Some(head),
            body: Some(body),
            pieces: Some(pieces),
            reads,
            is_cancelled,
        };
        (exchange, end)
    }

    /// The head of the request.
    #[must_use]
    pub const fn request(&self) -> &SeenRequest {
        &self.request
    }

    /// Reads the next piece of the request's body; `None` at its end. Nothing is read before.
    ///
    /// # Errors
    /// When the request broke off.
    pub fn read(&self) -> io::Result<Option<Vec<u8>>> {
        let (reply, read) = oneshot::channel();
        let gone = || io::Error::other("the request is gone");
        self.reads.send(reply).map_err(|_| gone())?;
        let piece = wait_for(&self.handle, read).expect("a piece of the body");
        let piece = piece.map_err(|_| gone())?;
        if piece.is_err() {
            self.is_cancelled.store(true, Ordering::Release);
        }
        piece.map(|piece| piece.map(Into::into))
    }

    /// Reads the request's body to its end.
    ///
    /// # Errors
    /// When the request broke off.
    pub fn read_to_end(&self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        while let Some(piece) = self.read()? {
            body.extend(piece);
        }
        Ok(body)
    }

    /// Sends the head of the answer.
    pub fn respond(&mut self, status: u16, headers: &[(&str, &str)]) {
        let body = self.body.take().expect("the first head");
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(status).expect("a status");
        *response.headers_mut() = header_map(headers);
        if let Some(head) = self.head.take() {
            // A request that is gone is seen by what follows.
            let _ = head.send(response);
        }
    }

    /// Sends the head of an event stream.
    pub fn respond_with_events(&mut self) {
        self.respond(200, &[("content-type", "text/event-stream")]);
    }

    /// Sends a piece of the body.
    pub fn send(&self, piece: impl Into<Bytes>) {
        self.send_piece(Piece::Data(piece.into()));
    }

    /// Ends the answer with trailers.
    pub fn finish_with_trailers(mut self, trailers: &[(&str, &str)]) {
        self.send_piece(Piece::Trailers(header_map(trailers)));
        self.pieces = None;
    }

    /// Ends the answer.
    pub fn finish(mut self) {
        self.send_piece(Piece::End);
        self.pieces = None;
    }

    /// Whether the host has given the request up. While there is a body that is not read, the server does not look at
    /// its connection: then [`read`](Self::read) tells.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Acquire)
    }

    /// Waits until the host has given the request up, and returns how long that took.
    #[must_use]
    pub fn wait_until_cancelled(&self) -> Duration {
        let start = Instant::now();
        eventually("the request is cancelled", || {
            self.is_cancelled().then_some(start.elapsed())
        })
    }

    fn send_piece(&self, piece: Piece) {
        if let Some(pieces) = &self.pieces {
            // A request that is gone is seen by `is_cancelled`.
            let _ = pieces.send(piece);
        }
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Exchange")
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

/// Reads a piece whenever the test asks for one.
pub(super) async fn read_on_demand(
    mut reads: UnboundedReceiver<oneshot::Sender<BodyRead>>,
    mut body: Incoming,
) {
    while let Some(reply) = reads.recv().await {
        let _ = reply.send(read_piece(&mut body).await);
    }
}

impl ServerEnd {
    /// Its parts.
    pub(super) fn into_parts(
        self,
    ) -> (
        oneshot::Receiver<Response<ChannelBody>>,
        Watch,
        UnboundedReceiver<oneshot::Sender<BodyRead>>,
    ) {
        (self.head, self.watch, self.reads)
    }
}

async fn read_piece(body: &mut Incoming) -> BodyRead {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(io::Error::other)?;
        // The end of an HTTP/2 stream may come as a frame without data.
        if let Ok(data) = frame.into_data()
            && !data.is_empty()
        {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

pub(super) fn header_map(headers: &[(&str, &str)]) -> HeaderMap {
    let parsed = headers.iter().map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
        (name, HeaderValue::from_str(value).expect("a value"))
    });
    let mut map = HeaderMap::new();
    for (name, value) in parsed {
        map.append(name, value);
    }
    map
}
