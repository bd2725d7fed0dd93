use std::{
    io::{Read as _, Write as _},
    net::TcpListener as BlockingListener,
    thread,
};

use hyper::body::Frame;

use super::*;

/// More than the buffers of a connection take.
const UPLOAD_CHUNKS: usize = 2_000;
const CHUNK: &[u8] = &[b'x'; 16 * 1024];
/// The upstream runs beside the client, and each attempt meets another moment of the upload.
const ATTEMPTS: usize = 100;

/// An upload to an upstream that answers while it arrives, and closes without reading the rest.
async fn upload(answer: &'static str) -> Result<Response<UpstreamBody<ResponseBody>>, SendError> {
    let listener = BlockingListener::bind(("127.0.0.1", 0)).unwrap();
    let endpoint = Endpoint::Tcp {
        host: "127.0.0.1".to_owned(),
        port: listener.local_addr().unwrap().port(),
    };
    let destination = Arc::new(Destination::new(endpoint, Protocol::Http1, 1, 1));
    let upstream = thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        // What it has not read makes the end of the connection a reset.
        connection.read_exact(&mut [0; 4 * CHUNK.len()]).unwrap();
        connection.write_all(answer.as_bytes()).unwrap();
    });
    let (sender, body) = fed_body();
    for _ in 0..UPLOAD_CHUNKS {
        let frame = Frame::data(Bytes::from_static(CHUNK));
        sender.send(Ok(frame)).unwrap();
    }
    let client = client();
    let response = timeout(SOON, client.send(&destination, post(body))).await;
    upstream.join().unwrap();
    let response = response.expect("an outcome");
    response.map_err(|failure| failure.error)
}

#[test]
fn an_answer_passes_although_the_upstream_closes_before_it_has_the_request() {
    run(async {
        for _ in 0..ATTEMPTS {
            let answer = "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno";
            let response = upload(answer).await.unwrap();
            assert_eq!(response.status(), 413);
            assert_eq!(text(response).await, "no");
        }
    });
}

#[test]
fn an_answer_without_length_never_ends_cleanly_when_the_upstream_resets() {
    run(async {
        for _ in 0..ATTEMPTS {
            let response = upload("HTTP/1.1 413 Too Large\r\n\r\nno").await.unwrap();
            let collected = timeout(SOON, response.into_body().collect()).await;
            assert!(collected.expect("an end").is_err());
        }
    });
}

#[test]
fn an_upstream_that_closes_during_an_upload_without_an_answer_is_told() {
    run(async {
        for _ in 0..ATTEMPTS {
            let error = upload("").await.unwrap_err();
            assert!(matches!(error, SendError::Closed(_)), "{error:?}");
        }
    });
}
