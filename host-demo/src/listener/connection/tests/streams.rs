//! Bodies that arrive piece by piece, in both directions.

use std::task::{Context, Poll};

use http::HeaderValue;
use http_body_util::{Either, Full};
use hyper::body::{Frame, SizeHint};

use super::*;
use crate::http::test_support::{ChannelBody, FrameResult};

const BROKEN: &str = "the upstream failed";

fn trailers() -> HeaderMap {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-checksum", HeaderValue::from_static("17"));
    trailers
}

#[test]
fn over_http_1_each_frame_is_sent_before_the_next_exists() {
    run(async {
        let (frames, body) = channel_body();
        let (mut client, _stop) = serve_body(ResponseBody::stream(body));
        send(&mut client, GET).await;
        let head = read_until(&mut client, "\r\n\r\n").await;
        assert!(head.contains("transfer-encoding: chunked\r\n"), "{head}");

        for (text, chunk) in [("one", "3\r\none\r\n"), ("four", "4\r\nfour\r\n")] {
            frames.send(Ok(data(text))).unwrap();
            assert_eq!(read_until(&mut client, chunk).await, chunk);
        }
        drop(frames);

        assert_eq!(read_until(&mut client, "0\r\n\r\n").await, "0\r\n\r\n");
    });
}

#[test]
fn over_http_2_each_frame_is_sent_before_the_next_exists() {
    run(async {
        let (frames, body) = channel_body();
        let (client, _stop) = serve_body(ResponseBody::stream(body));
        let response = http2(client).await.send_request(get()).await.unwrap();
        let mut received = response.into_body();

        for text in ["one", "four"] {
            frames.send(Ok(data(text))).unwrap();
            let frame = received.frame().await.unwrap().unwrap();
            assert_eq!(frame.into_data().unwrap(), text);
        }
        drop(frames);

        let rest = received.collect().await.unwrap();
        assert!(rest.to_bytes().is_empty());
    });
}

#[test]
fn over_http_1_trailers_that_are_announced_follow_the_last_chunk() {
    run(async {
        let (frames, body) = channel_body();
        let body = RefCell::new(Some(ResponseBody::stream(body)));
        let (mut client, _stop) = serve_with(move |_| {
            let mut response = Response::new(body.borrow_mut().take().unwrap());
            let announced = HeaderValue::from_static("x-checksum");
            response.headers_mut().insert("trailer", announced);
            async move { response }
        });
        send(&mut client, GET).await;
        read_until(&mut client, "\r\n\r\n").await;
        frames.send(Ok(data("one"))).unwrap();
        frames.send(Ok(Frame::trailers(trailers()))).unwrap();

        let rest = read_until(&mut client, "\r\n\r\n").await;

        assert_eq!(rest, "3\r\none\r\n0\r\nx-checksum: 17\r\n\r\n");
    });
}

#[test]
fn over_http_2_trailers_pass() {
    run(async {
        let (frames, body) = channel_body();
        let (client, _stop) = serve_body(ResponseBody::stream(body));
        let response = http2(client).await.send_request(get()).await.unwrap();
        frames.send(Ok(data("one"))).unwrap();
        frames.send(Ok(Frame::trailers(trailers()))).unwrap();

        let received = response.into_body().collect().await.unwrap();

        assert_eq!(received.trailers(), Some(&trailers()));
        assert_eq!(received.to_bytes(), "one");
    });
}

#[test]
fn over_http_1_an_error_ends_the_connection_without_a_last_chunk() {
    run(async {
        let (frames, body) = channel_body();
        let (mut client, _stop) = serve_body(ResponseBody::stream(body));
        send(&mut client, GET).await;
        read_until(&mut client, "\r\n\r\n").await;
        frames.send(Ok(data("one"))).unwrap();
        assert_eq!(
            read_until(&mut client, "3\r\none\r\n").await,
            "3\r\none\r\n"
        );
        frames.send(Err(BROKEN.into())).unwrap();

        assert_eq!(read_to_end(&mut client).await, "");
    });
}

/// A body that fails before the length that it announced.
struct TooShort(ChannelBody);

impl Body for TooShort {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<FrameResult>> {
        Pin::new(&mut self.0).poll_frame(context)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(10)
    }
}

#[test]
fn over_http_1_an_error_leaves_a_body_of_known_length_short() {
    run(async {
        let (frames, body) = channel_body();
        let (mut client, _stop) = serve_body(ResponseBody::stream(TooShort(body)));
        send(&mut client, GET).await;
        let head = read_until(&mut client, "\r\n\r\n").await;
        assert!(head.contains("content-length: 10\r\n"), "{head}");
        frames.send(Ok(data("one"))).unwrap();
        read_until(&mut client, "one").await;
        frames.send(Err(BROKEN.into())).unwrap();

        assert_eq!(read_to_end(&mut client).await, "");
    });
}

#[test]
fn over_http_2_an_error_resets_the_stream_and_not_the_connection() {
    run(async {
        let (frames, body) = channel_body();
        let bodies = RefCell::new(vec![
            ResponseBody::from("second"),
            ResponseBody::stream(body),
        ]);
        let (client, _stop) = serve_with(move |_| {
            let body = bodies.borrow_mut().pop().unwrap();
            async move { Response::new(body) }
        });
        let mut sender = http2(client).await;
        let response = sender.send_request(get()).await.unwrap();
        let mut received = response.into_body();
        frames.send(Ok(data("one"))).unwrap();
        received.frame().await.unwrap().unwrap();
        frames.send(Err(BROKEN.into())).unwrap();

        let error = received.frame().await.unwrap().unwrap_err();

        let reset = std::error::Error::source(&error).unwrap().to_string();
        assert!(reset.contains("stream error"), "{reset}");
        let response = sender.send_request(get()).await.unwrap();
        let body = response.into_body().collect().await.unwrap();
        assert_eq!(body.to_bytes(), "second");
    });
}

/// An endless body of 1 KiB frames that counts how many were polled.
struct Endless(Rc<RefCell<usize>>);

impl Body for Endless {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<FrameResult>> {
        *self.0.borrow_mut() += 1;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 1024])))))
    }
}

/// Lets every task run that can.
async fn settle() {
    for _ in 0..1000 {
        yield_now().await;
    }
}

#[test]
fn over_http_1_a_body_is_polled_only_as_fast_as_the_client_reads() {
    run(async {
        let asked = Rc::new(RefCell::new(0));
        let (mut client, _stop) = serve_body(ResponseBody::stream(Endless(Rc::clone(&asked))));
        send(&mut client, GET).await;
        settle().await;
        let before = *asked.borrow();
        assert!((1..=200).contains(&before), "{before} KiB");

        client.read_exact(&mut [0; 100 * 1024]).await.unwrap();
        settle().await;

        let after = *asked.borrow();
        assert!((before + 50..=before + 200).contains(&after), "{after} KiB");
    });
}

#[test]
fn over_http_2_a_body_is_polled_only_as_fast_as_the_client_reads() {
    run(async {
        let asked = Rc::new(RefCell::new(0));
        let (client, _stop) = serve_body(ResponseBody::stream(Endless(Rc::clone(&asked))));
        let (mut sender, connection) = client_http2::Builder::new(LocalExecutor)
            .initial_stream_window_size(32 * 1024)
            .handshake(TokioIo::new(client))
            .await
            .unwrap();
        spawn_local(connection);
        let response = sender.send_request(get()).await.unwrap();
        settle().await;
        let before = *asked.borrow();
        assert!((1..=200).contains(&before), "{before} KiB");

        let mut received = response.into_body();
        let mut taken_bytes = 0;
        while taken_bytes < 100 * 1024 {
            let frame = received.frame().await.unwrap().unwrap();
            taken_bytes += frame.into_data().unwrap().len();
        }
        settle().await;

        let after = *asked.borrow();
        assert!((before + 50..=before + 200).contains(&after), "{after} KiB");
    });
}

#[test]
fn over_http_1_a_client_that_disconnects_ends_the_body() {
    run(async {
        let (frames, body) = channel_body();
        let (mut client, _stop) = serve_body(ResponseBody::stream(body));
        send(&mut client, GET).await;
        read_until(&mut client, "\r\n\r\n").await;

        drop(client);

        frames.closed().await;
    });
}

#[test]
fn over_http_2_a_client_that_disconnects_ends_the_body() {
    run(async {
        let (frames, body) = channel_body();
        let (client, _stop) = serve_body(ResponseBody::stream(body));
        let mut sender = http2(client).await;
        let response = sender.send_request(get()).await.unwrap();

        drop(response);

        frames.closed().await;
    });
}

#[test]
fn a_response_can_start_before_the_request_body_has_ended() {
    run(async {
        let (mut client, _stop) = serve_with(async |request: Request<Incoming>| {
            Response::new(ResponseBody::stream(request.into_body()))
        });
        let head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
        send(&mut client, head).await;
        read_until(&mut client, "\r\n\r\n").await;

        for chunk in ["3\r\none\r\n", "4\r\nfour\r\n", "0\r\n\r\n"] {
            send(&mut client, chunk).await;
            assert_eq!(read_until(&mut client, chunk).await, chunk);
        }
    });
}

#[test]
fn an_upload_over_http_2_that_is_not_read_stops_no_other_of_its_connection() {
    run(async {
        let (client, _stop) = serve_with(async |request: Request<Incoming>| {
            if request.uri().path() == "/unread" {
                let _unread = request;
                return std::future::pending().await;
            }
            let body = request.into_body().collect().await.unwrap();
            Response::new(ResponseBody::from(body.to_bytes()))
        });
        let (mut sender, connection) = client_http2::handshake(LocalExecutor, TokioIo::new(client))
            .await
            .unwrap();
        spawn_local(connection);
        let taken = Rc::new(RefCell::new(0));
        let unread =
            Request::post("http://x/unread").body(Either::Left(Endless(Rc::clone(&taken))));
        let _running = spawn_local(sender.send_request(unread.unwrap()));
        // All that its window allows.
        while *taken.borrow() < STREAM_WINDOW_BYTES as usize / 1024 {
            yield_now().await;
        }

        let read = Request::post("http://x/read").body(Either::Right(Full::from("hello")));
        let response = sender.send_request(read.unwrap()).await.unwrap();

        let body = response.into_body().collect().await.unwrap();
        assert_eq!(body.to_bytes(), "hello");
    });
}
