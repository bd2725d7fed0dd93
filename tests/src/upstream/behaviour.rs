use std::{io, sync::mpsc::Sender};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Request, Response, StatusCode,
    header::{CONNECTION, CONTENT_TYPE, UPGRADE},
};
use http_body_util::{BodyExt as _, Full, combinators::UnsyncBoxBody};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    runtime::Handle,
    sync::{oneshot, watch},
};

use super::{
    exchange::{Exchange, header_map, read_on_demand},
    generated_body::GeneratedBody,
    record::{Record, SeenRequest},
};
use crate::pattern::Verifier;

/// Says how a request is answered; without it, it is echoed.
const BEHAVIOUR: &str = "x-behaviour";

pub(super) type AnyBody = UnsyncBoxBody<Bytes, io::Error>;

/// How a request is answered.
enum Behaviour {
    /// Its head and body, as JSON.
    Echo,
    /// So many bytes of the pattern.
    Download(u64),
    /// How many bytes of the pattern arrived.
    Upload,
    /// 101, then what arrives is sent back.
    Upgrade,
    /// By the test.
    ByTheTest,
    /// `Location` is the value.
    Redirect(String),
}

impl Behaviour {
    fn of(headers: &HeaderMap) -> Self {
        let value = headers.get(BEHAVIOUR).map(HeaderValue::to_str);
        let text = value.map_or("echo", |text| text.expect("a behaviour"));
        let (name, argument) = text.split_once('=').unwrap_or((text, ""));
        match name {
            "echo" => Self::Echo,
            "download" => Self::Download(argument.parse().expect("a length")),
            "upload" => Self::Upload,
            "upgrade" => Self::Upgrade,
            "test" => Self::ByTheTest,
            "redirect" => Self::Redirect(argument.to_owned()),
            _ => panic!("no behaviour {text:?}"),
        }
    }
}

/// What all requests of a server share.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) record: Record,
    pub(super) exchanges: Sender<Exchange>,
    pub(super) handle: Handle,
    /// Changes when open connections are to end.
    pub(super) finished: watch::Receiver<usize>,
}

impl Server {
    /// Answers a request.
    ///
    /// # Errors
    /// When the test breaks the answer off before its head.
    pub(super) async fn respond(
        self,
        request: Request<Incoming>,
        connection: usize,
    ) -> io::Result<Response<AnyBody>> {
        let behaviour = Behaviour::of(request.headers());
        let (parts, body) = request.into_parts();
        let seen = SeenRequest::of(&parts, connection);
        self.record.lock().requests.push(seen.clone());
        match behaviour {
            Behaviour::Echo => self.echo(seen, body).await,
            Behaviour::Download(length) => {
                drain(body).await?;
                let body = GeneratedBody::new(length, self.record);
                Ok(Response::new(UnsyncBoxBody::new(body)))
            }
            Behaviour::Upload => self.upload(body).await,
            Behaviour::Upgrade => Ok(self.upgrade(Request::from_parts(parts, body))),
            Behaviour::ByTheTest => self.hand_over(seen, body).await,
            Behaviour::Redirect(location) => {
                drain(body).await?;
                let mut response = Response::new(full(Bytes::new()));
                *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
                *response.headers_mut() = header_map(&[("location", &location)]);
                Ok(response)
            }
        }
    }

    async fn echo(self, seen: SeenRequest, body: Incoming) -> io::Result<Response<AnyBody>> {
        let body = body.collect().await.map_err(io::Error::other)?;
        let trailers = body.trailers().map(|trailers| format!("{trailers:?}"));
        let body = body.to_bytes();
        let echo = json!({
            "method": seen.method,
            "target": seen.target,
            "authority": seen.authority,
            "version": seen.version,
            "headers": seen.headers,
            "body": String::from_utf8_lossy(&body),
            "trailers": trailers,
        });
        Ok(json_response(echo.to_string()))
    }

    async fn upload(self, mut body: Incoming) -> io::Result<Response<AnyBody>> {
        let mut verifier = Verifier::default();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(io::Error::other)?;
            if let Some(data) = frame.data_ref() {
                verifier.add(data);
                let length = u64::try_from(data.len()).expect("64 bits");
                self.record.lock().bytes_received += length;
            }
        }
        let received = json!({ "received": verifier.length() });
        Ok(json_response(received.to_string()))
    }

    fn upgrade(self, mut request: Request<Incoming>) -> Response<AnyBody> {
        let protocol = request.headers().get(UPGRADE).cloned();
        let upgraded = hyper::upgrade::on(&mut request);
        self.handle.spawn(async move {
            let mut stream = TokioIo::new(upgraded.await.map_err(io::Error::other)?);
            let mut buffer = [0; 4096];
            loop {
                let count = stream.read(&mut buffer).await?;
                if count == 0 {
                    return stream.shutdown().await;
                }
                stream.write_all(&buffer[..count]).await?;
            }
        });
        let mut response = Response::new(full(Bytes::new()));
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        let protocol = protocol.unwrap_or_else(|| HeaderValue::from_static("none"));
        headers.insert(UPGRADE, protocol);
        response
    }

    /// Gives the request to the test, and waits for the head of its answer.
    async fn hand_over(self, seen: SeenRequest, body: Incoming) -> io::Result<Response<AnyBody>> {
        let (exchange, end) = Exchange::new(seen, self.handle.clone());
        let (head, watch, reads) = end.into_parts();
        // Dropped with the answer, so that nobody reads from a request that is gone.
        let (gone_sender, gone) = oneshot::channel::<()>();
        self.handle.spawn(async move {
            tokio::select! {
                () = read_on_demand(reads, body) => {}
                _ = gone => {}
            }
        });
        self.exchanges.send(exchange).map_err(io::Error::other)?;
        let response = head.await.map_err(io::Error::other)?;
        let watch = watch.keep(gone_sender);
        Ok(response.map(|body| UnsyncBoxBody::new(body.watched(watch))))
    }
}

/// Reads a body to its end: a connection that is closed before is reset, and the answer may be lost.
async fn drain(mut body: Incoming) -> io::Result<()> {
    while let Some(frame) = body.frame().await {
        frame.map_err(io::Error::other)?;
    }
    Ok(())
}

fn json_response(text: String) -> Response<AnyBody> {
    let mut response = Response::new(full(text.into()));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

fn full(bytes: Bytes) -> AnyBody {
    Full::new(bytes)
        .map_err(|never| match never {})
        .boxed_unsync()
}
