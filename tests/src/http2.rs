//! A client of HTTP/2 with prior knowledge, whose requests and responses a test handles piece by piece.

use std::{io, net::SocketAddr};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_LENGTH};
use http_body_util::BodyExt as _;
use hyper::{
    body::Incoming,
    client::conn::http2::{self, SendRequest},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    runtime::Handle,
    sync::mpsc::UnboundedSender,
    task::JoinHandle,
};
use tokio_rustls::TlsConnector;

use crate::{
    Request, Response, TlsClient,
    background::{Background, wait_for},
    body::{ChannelBody, Piece},
};

pub mod flood;
pub mod frames;
pub mod raw;

/// One connection.
#[derive(Debug)]
pub struct Http2Connection {
    /// Scheme and authority.
    origin: String,
    sender: SendRequest<ChannelBody>,
    background: Background,
}

async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn start(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    tasks: Handle,
) -> io::Result<SendRequest<ChannelBody>> {
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .map_err(io::Error::other)?;
    tasks.spawn(connection);
    Ok(sender)
}

/// One request on a connection. Dropping it cancels it.
#[derive(Debug)]
pub struct Http2Exchange {
    handle: Handle,
    pieces: Option<UnboundedSender<Piece>>,
    response: Option<JoinHandle<hyper::Result<http::Response<Incoming>>>>,
    body: Option<Incoming>,
    trailers: Option<HeaderMap>,
}

impl Http2Connection {
    /// Connects.
    #[must_use]
    pub fn open(address: SocketAddr) -> Self {
        let background = Background::start();
        let connected = wait_for(background.handle(), async {
            let stream = connect(address).await?;
            start(stream, Handle::current()).await
        });
        Self {
            origin: format!("http://{address}"),
            sender: connected.expect("in time").expect("HTTP/2"),
            background,
        }
    }

    /// Connects with TLS. The client must offer HTTP/2 (ALPN), or nothing.
    ///
    /// # Errors
    /// When the connection or the handshake fails.
    pub fn try_open_encrypted(address: SocketAddr, client: &TlsClient) -> io::Result<Self> {
        let background = Background::start();
        let connector = TlsConnector::from(client.config());
        let connected = wait_for(background.handle(), async move {
            let stream = connect(address).await?;
            let stream = connector.connect(TlsClient::server_name(), stream).await?;
            start(stream, Handle::current()).await
        });
        Ok(Self {
            origin: format!("https://{address}"),
            sender: connected.expect("in time")?,
            background,
        })
    }

    /// Sends a request and reads the response.
    #[must_use]
    pub fn exchange(&self, request: &Request) -> Response {
        let mut exchange = self.start(request);
        exchange.finish();
        exchange.response()
    }

    /// Sends the head of a request, and its body as far as it has one; its end is not sent yet.
    #[must_use]
    pub fn start(&self, request: &Request) -> Http2Exchange {
        let (pieces, body) = ChannelBody::new();
        if !request.content().is_empty() {
            let data = Bytes::copy_from_slice(request.content());
            pieces.send(Piece::Data(data)).expect("the body is there");
        }
        let request = self.head(request).body(body).expect("a request");
        let response = self.sender.clone().send_request(request);
        Http2Exchange {
            handle: self.background.handle().clone(),
            pieces: Some(pieces),
            response: Some(self.background.handle().spawn(response)),
            body: None,
            trailers: None,
        }
    }

    fn head(&self, request: &Request) -> http::request::Builder {
        let uri = format!("{}{}", self.origin, request.target());
        let mut builder = http::Request::builder().method(request.method()).uri(uri);
        for (name, value) in request.headers() {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
            builder = builder.header(name, HeaderValue::from_bytes(value).expect("a value"));
        }
        if !request.content().is_empty() {
            builder = builder.header(CONTENT_LENGTH, request.content().len());
        }
        builder
    }
}

impl Http2Exchange {
    /// Sends a piece of the body.
    pub fn send(&self, piece: impl Into<Bytes>) {
        if let Some(pieces) = &self.pieces {
            // A request that has ended is seen by its response.
            let _ = pieces.send(Piece::Data(piece.into()));
        }
    }

    /// Ends the body.
    pub fn finish(&mut self) {
        if let Some(pieces) = self.pieces.take() {
            let _ = pieces.send(Piece::End);
        }
    }

    /// Breaks the body off.
    pub fn abort(&mut self) {
        self.pieces = None;
    }

    /// Waits for the head of the response; its body is not read yet.
    pub fn head(&mut self) -> Response {
        self.try_head().expect("a response")
    }

    /// As [`head`](Self::head).
    ///
    /// # Errors
    /// When the stream is reset first.
    pub fn try_head(&mut self) -> hyper::Result<Response> {
        let response = self.response.take().expect("the first head");
        let response = wait_for(&self.handle, response).expect("a response in time");
        let (head, body) = response.expect("no panic")?.into_parts();
        self.body = Some(body);
        Ok(Response {
            status: head.status.as_u16(),
            headers: fields(&head.headers),
            body: Vec::new(),
        })
    }

    /// Reads the next piece of the response's body; `None` at its end.
    ///
    /// # Errors
    /// When the stream is reset.
    pub fn read(&mut self) -> hyper::Result<Option<Bytes>> {
        let body = self.body.as_mut().expect("after the head");
        loop {
            let frame = wait_for(&self.handle, body.frame()).expect("a piece in time");
            let Some(frame) = frame.transpose()? else {
                return Ok(None);
            };
            match frame.into_data() {
                // The end of the stream may come as a frame without data.
                Ok(data) if data.is_empty() => {}
                Ok(data) => return Ok(Some(data)),
                Err(frame) => self.trailers = frame.into_trailers().ok(),
            }
        }
    }

    /// Waits for the whole response.
    #[must_use]
    pub fn response(&mut self) -> Response {
        let mut response = self.head();
        while let Some(piece) = self.read().expect("the whole body") {
            response.body.extend_from_slice(&piece);
        }
        response
    }

    /// The trailers, once the body has been read to its end.
    #[must_use]
    pub fn trailers(&self) -> Vec<(String, String)> {
        self.trailers.as_ref().map_or_else(Vec::new, fields)
    }
}

impl Drop for Http2Exchange {
    fn drop(&mut self) {
        if let Some(response) = &self.response {
            response.abort();
        }
    }
}

fn fields(headers: &HeaderMap) -> Vec<(String, String)> {
    let headers = headers.iter();
    headers
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.to_string(), value)
        })
        .collect()
}
