use std::{cell::RefCell, convert::Infallible, rc::Rc};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header::UPGRADE};
use http_body_util::{BodyExt as _, Empty};
use hyper::{
    client::conn::http2::{self as client_http2, SendRequest},
    service::service_fn,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
    runtime::LocalRuntime,
    sync::mpsc::{self, error::TryRecvError},
    task::{spawn_local, yield_now},
};

use super::*;
use crate::http::{
    body::ResponseBody,
    test_support::{channel_body, connection, data},
};

mod streams;

/// How many bytes are buffered between client and server at most.
const PIPE_BYTES: usize = 16 * 1024;
const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\nTE: trailers\r\n\r\n";

fn run<T>(work: impl Future<Output = T>) -> T {
    LocalRuntime::new().unwrap().block_on(work)
}

/// Serves a connection with `respond`; gives the client's end of it, and what stops the server.
fn serve_with<F>(
    respond: impl Fn(Request<Incoming>) -> F + 'static,
) -> (DuplexStream, Arc<ConnectionState>)
where
    F: Future<Output = Response<ResponseBody>> + 'static,
{
    let (client, server) = duplex(PIPE_BYTES);
    let state = connection();
    let service = service_fn(move |request| {
        let response = respond(request);
        async move { Ok::<_, Infallible>(response.await) }
    });
    spawn_local(serve(
        server,
        (),
        service,
        Arc::clone(&state),
        BUFFER_BYTES_MAX,
    ));
    (client, state)
}

/// Serves one request of a connection with this body.
fn serve_body(body: ResponseBody) -> (DuplexStream, Arc<ConnectionState>) {
    let body = RefCell::new(Some(body));
    serve_with(move |_| {
        let body = body.borrow_mut().take().expect("one request");
        async move { Response::new(body) }
    })
}

async fn send(client: &mut DuplexStream, text: &str) {
    client.write_all(text.as_bytes()).await.unwrap();
}

/// Reads as far as `end`.
async fn read_until(client: &mut DuplexStream, end: &str) -> String {
    let mut text = String::new();
    while !text.ends_with(end) {
        match client.read_u8().await {
            Ok(byte) => text.push(char::from(byte)),
            Err(error) => panic!("{error} after {text:?}"),
        }
    }
    text
}

async fn read_to_end(client: &mut DuplexStream) -> String {
    let mut text = String::new();
    client.read_to_string(&mut text).await.unwrap();
    text
}

async fn http2(client: DuplexStream) -> SendRequest<Empty<Bytes>> {
    let (sender, connection) = client_http2::handshake(LocalExecutor, TokioIo::new(client))
        .await
        .unwrap();
    spawn_local(connection);
    sender
}

fn get() -> Request<Empty<Bytes>> {
    Request::get("http://x/").body(Empty::new()).unwrap()
}

#[test]
fn a_connection_serves_one_request_after_another() {
    run(async {
        let (mut client, _stop) = serve_with(async |request: Request<Incoming>| {
            Response::new(ResponseBody::from(request.uri().path().to_owned()))
        });
        for path in ["/a", "/bc"] {
            send(
                &mut client,
                &format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"),
            )
            .await;
            let head = read_until(&mut client, "\r\n\r\n").await;
            assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
            assert_eq!(read_until(&mut client, path).await, path);
        }
    });
}

#[test]
fn a_client_of_http_2_is_served_on_the_same_thread() {
    run(async {
        let here = std::thread::current().id();
        let (client, _stop) = serve_with(move |_| async move {
            assert_eq!(std::thread::current().id(), here);
            Response::new(ResponseBody::from("h2"))
        });

        let response = http2(client).await.send_request(get()).await.unwrap();

        let body = response.into_body().collect().await.unwrap();
        assert_eq!(body.to_bytes(), "h2");
    });
}

#[test]
fn a_client_that_has_sent_nothing_is_disconnected_when_the_server_stops() {
    run(async {
        let (mut client, stop) = serve_with(async |_| Response::default());
        stop.close(Close::Finish);

        assert_eq!(read_to_end(&mut client).await, "");
    });
}

#[test]
fn a_client_that_never_completes_the_preface_of_http_2_is_disconnected_when_the_server_stops() {
    run(async {
        let (mut client, stop) = serve_with(async |_| Response::default());
        send(&mut client, "PRI * HTTP/2.0\r\n").await;
        yield_now().await;
        stop.close(Close::Finish);

        assert_eq!(read_to_end(&mut client).await, "");
    });
}

#[test]
fn an_idle_connection_ends_when_the_server_stops() {
    run(async {
        let (mut client, stop) = serve_with(async |_| Response::default());
        send(&mut client, GET).await;
        read_until(&mut client, "\r\n\r\n").await;
        stop.close(Close::Finish);

        assert_eq!(read_to_end(&mut client).await, "");
    });
}

#[test]
fn a_response_that_has_begun_is_completed_when_the_server_stops() {
    run(async {
        let (frames, body) = channel_body();
        let (mut client, stop) = serve_body(ResponseBody::stream(body));
        send(&mut client, GET).await;
        read_until(&mut client, "\r\n\r\n").await;
        stop.close(Close::Finish);
        yield_now().await;
        frames.send(Ok(data("late"))).unwrap();
        drop(frames);

        assert_eq!(read_to_end(&mut client).await, "4\r\nlate\r\n0\r\n\r\n");
    });
}

#[test]
fn an_http_2_stream_that_has_begun_is_completed_when_the_server_stops() {
    run(async {
        let (frames, body) = channel_body();
        let (client, stop) = serve_body(ResponseBody::stream(body));
        let mut sender = http2(client).await;
        let response = sender.send_request(get()).await.unwrap();
        stop.close(Close::Finish);
        yield_now().await;
        frames.send(Ok(data("late"))).unwrap();
        drop(frames);

        let body = response.into_body().collect().await.unwrap();
        assert_eq!(body.to_bytes(), "late");
        assert!(sender.send_request(get()).await.is_err());
    });
}

/// Responds with 101, and then with what is received over the upgraded stream in capital letters.
async fn shout(mut request: Request<Incoming>) -> Response<ResponseBody> {
    let upgraded = hyper::upgrade::on(&mut request);
    spawn_local(async move {
        let mut stream = TokioIo::new(upgraded.await.unwrap());
        let mut word = [0; 5];
        while stream.read_exact(&mut word).await.is_ok() {
            word.make_ascii_uppercase();
            stream.write_all(&word).await.unwrap();
        }
    });
    let mut response = Response::default();
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    response
        .headers_mut()
        .insert(UPGRADE, "shouting".parse().unwrap());
    response
}

#[test]
fn an_upgrade_takes_the_stream_over_with_all_that_is_held_for_it() {
    run(async {
        let (mut client, server) = duplex(PIPE_BYTES);
        let (held, mut released) = mpsc::channel::<Infallible>(1);
        let service = service_fn(async |request| Ok::<_, Infallible>(shout(request).await));
        let serving = spawn_local(serve(server, held, service, connection(), BUFFER_BYTES_MAX));
        send(
            &mut client,
            "GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: shouting\r\n\r\nhello",
        )
        .await;

        let head = read_until(&mut client, "\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        assert_eq!(read_until(&mut client, "HELLO").await, "HELLO");
        serving.await.unwrap();
        assert_eq!(released.try_recv(), Err(TryRecvError::Empty));
        send(&mut client, "again").await;
        assert_eq!(read_until(&mut client, "AGAIN").await, "AGAIN");
        drop(client);
        assert_eq!(released.recv().await, None);
    });
}
