//! A response of an upstream over HTTP/1.1: what is passed on has one end, by a second reading of its head.
#![no_main]

use std::time::Duration;

use bytes::Bytes;
use fuzz::{event_loop, input::Input};
use host_demo::fuzzing::proxy::is_passed_on;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use libfuzzer_sys::fuzz_target;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, duplex},
    task::spawn_local,
    time::timeout,
};

// A byte that chooses the method, and the response.
fuzz_target!(|bytes: &[u8]| {
    event_loop::run(respond(bytes));
});

async fn respond(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let method = *input.choose(&["GET", "HEAD", "POST"]);
    let response = input.rest();
    let (client, mut server) = duplex(64 * 1024);
    let handshake = http1::handshake::<_, Empty<Bytes>>(TokioIo::new(client)).await;
    let (mut sender, connection) = handshake.expect("a connection");
    let connection = spawn_local(connection);
    let request = Request::builder()
        .method(method)
        .uri("/")
        .header("host", "x");
    let sent = sender.send_request(request.body(Empty::new()).expect("a request"));
    let written = async {
        // What arrives before the request is no response to it.
        let _ = server.read_u8().await;
        let _ = server.write_all(response).await;
        let _ = server.shutdown().await;
    };
    let (sent, ()) = tokio::join!(timeout(Duration::from_secs(60), sent), written);
    if let Ok(Ok(received)) = sent
        && is_passed_on(&received, false)
    {
        assert_ne!(received.status(), StatusCode::SWITCHING_PROTOCOLS);
        let headers = received.headers();
        let lengths = headers.get_all(header::CONTENT_LENGTH).iter().count();
        let encodings: Vec<_> = headers.get_all(header::TRANSFER_ENCODING).iter().collect();
        assert!(lengths + encodings.len() <= 1, "{headers:?}");
        let has_body = method != "HEAD" && !matches!(received.status().as_u16(), 204 | 304);
        let length = headers.get(header::CONTENT_LENGTH).cloned();
        if let Ok(body) = received.into_body().collect().await
            && let Some(length) = length.filter(|_| has_body)
        {
            let length: usize = length.to_str().expect("digits").parse().expect("a number");
            assert_eq!(body.to_bytes().len(), length);
        }
    }
    drop((sender, server));
    let _ = connection.await;
}
