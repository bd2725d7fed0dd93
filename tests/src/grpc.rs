//! One gRPC call, over HTTP/2 with prior knowledge.

use std::net::SocketAddr;

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{net::TcpStream, runtime};

/// The result of a call.
#[derive(Clone, Debug)]
pub struct GrpcResponse {
    /// The HTTP status.
    pub http_status: u16,
    /// `content-type`.
    pub content_type: String,
    /// `grpc-status`, from the headers or the trailers.
    pub status: String,
    /// `grpc-message`, likewise.
    pub message: String,
}

/// Calls a method such as `/org.pytorch.serve.grpc.inference.InferenceAPIsService/Ping` with an empty message.
#[must_use]
pub fn call(address: SocketAddr, method: &str, authorization: Option<&str>) -> GrpcResponse {
    let mut request = http::Request::post(format!("http://{address}{method}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    let empty_message = Bytes::from_static(&[0; 5]);
    let request = request.body(Full::new(empty_message)).expect("a request");
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime
        .expect("a runtime")
        .block_on(exchange(address, request))
}

async fn exchange(address: SocketAddr, request: http::Request<Full<Bytes>>) -> GrpcResponse {
    let stream = TcpStream::connect(address).await.expect("the host listens");
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .expect("HTTP/2");
    tokio::spawn(connection);
    let response = sender.send_request(request).await.expect("a response");
    let http_status = response.status().as_u16();
    let headers = response.headers().clone();
    let body = response
        .into_body()
        .collect()
        .await
        .expect("the whole body");
    let trailers = body.trailers().cloned().unwrap_or_default();
    let field = |name| value(&headers, name).or_else(|| value(&trailers, name));
    GrpcResponse {
        http_status,
        content_type: field("content-type").unwrap_or_default(),
        status: field("grpc-status").unwrap_or_default(),
        message: field("grpc-message").unwrap_or_default(),
    }
}

fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.to_owned())
}
