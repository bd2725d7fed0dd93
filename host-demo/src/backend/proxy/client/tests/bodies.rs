use std::{
    pin::Pin,
    task::{Context, Poll},
};

use hyper::body::{Frame, SizeHint};

use super::*;

/// How soon an upstream learns that its answer is no longer needed.
const PROMPTLY: Duration = Duration::from_secs(1);

#[test]
fn frames_pass_as_they_arrive() {
    run(async {
        let (upstream, client) = (Upstream::start().await, client());
        let (sender, body) = fed_body();
        let request = upstream.send(&client, post(body));
        let mut connection = upstream.accept().await;
        let head = read_head(&mut connection).await;
        assert!(head.contains("transfer-encoding: chunked\r\n"), "{head}");
        for part in ["one", "two"] {
            sender.send(Ok(data(part))).unwrap();
            read_until(&mut connection, &format!("3\r\n{part}\r\n")).await;
        }
        drop(sender);
        read_until(&mut connection, "0\r\n\r\n").await;
        write(
            &mut connection,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        )
        .await;
        let mut body = request.response().await.into_body();
        for part in ["three", "four"] {
            let chunk = format!("{:x}\r\n{part}\r\n", part.len());
            write(&mut connection, &chunk).await;
            let frame = body.frame().await.unwrap().unwrap();
            assert_eq!(frame.into_data().unwrap(), part);
        }
    });
}

#[test]
fn a_body_of_unknown_length_is_sent_with_every_method() {
    run(async {
        for method in [http::Method::GET, http::Method::HEAD, http::Method::DELETE] {
            let (upstream, client) = (Upstream::start().await, client());
            let (sender, body) = fed_body();
            sender.send(Ok(data("body"))).unwrap();
            drop(sender);
            let request = upstream.send(&client, with_body(method, body));
            let mut connection = upstream.accept().await;
            read_until(&mut connection, "4\r\nbody\r\n0\r\n\r\n").await;
            write(&mut connection, EMPTY_ANSWER).await;
            request.response().await;
        }
    });
}

#[test]
fn trailers_pass_in_both_directions() {
    run(async {
        let (upstream, client) = (Upstream::start().await, client());
        let (sender, body) = fed_body();
        let mut trailers = http::HeaderMap::new();
        trailers.insert("checksum", http::HeaderValue::from_static("1"));
        sender.send(Ok(data("body"))).unwrap();
        let frame = Frame::trailers(trailers);
        sender.send(Ok(frame)).unwrap();
        let mut request = post(body);
        let names = http::HeaderValue::from_static("checksum");
        request.headers_mut().insert("trailer", names);
        let request = upstream.send(&client, request);
        let mut connection = upstream.accept().await;
        read_until(&mut connection, "0\r\nchecksum: 1\r\n\r\n").await;
        write(
            &mut connection,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nstate: done\r\n\r\n",
        )
        .await;
        let body = request.response().await.into_body().collect().await;
        let trailers = body.unwrap().trailers().cloned().unwrap();
        assert_eq!(trailers["state"], "done");

        let next = upstream.send(&client, get());
        answer(&mut connection, EMPTY_ANSWER).await;
        next.response().await;
    });
}

#[test]
fn a_request_that_is_given_up_before_its_response_is_cancelled() {
    run(async {
        let (upstream, client) = (Upstream::start().await, client());
        let request = upstream.send(&client, get());
        let mut connection = upstream.accept().await;
        read_head(&mut connection).await;
        request.0.abort();
        assert_closed(&mut connection, PROMPTLY).await;
    });
}

#[test]
fn a_request_whose_response_is_dropped_is_cancelled() {
    run(async {
        let (upstream, client) = (Upstream::start().await, client());
        let request = upstream.send(&client, get());
        let mut connection = upstream.accept().await;
        answer(
            &mut connection,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
        )
        .await;
        let mut body = request.response().await.into_body();
        body.frame().await.unwrap().unwrap();
        drop(body);
        assert_closed(&mut connection, PROMPTLY).await;
    });
}

#[test]
fn an_early_answer_passes_and_ends_the_request_and_its_connection() {
    run(async {
        let (upstream, client) = (Upstream::start().await, client());
        let (sender, body) = fed_body();
        let request = upstream.send(&client, post(body));
        let mut connection = upstream.accept().await;
        answer(
            &mut connection,
            "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno",
        )
        .await;
        let response = request.response().await;
        assert_eq!(response.status(), 413);
        assert!(!sender.is_closed());
        assert_eq!(text(response).await, "no");
        timeout(PROMPTLY, sender.closed())
            .await
            .expect("the request's body is dropped");
        assert_closed(&mut connection, PROMPTLY).await;
    });
}

#[test]
fn a_request_body_that_breaks_off_is_told_as_such_and_closes_the_connection() {
    run(async {
        let (upstream, client) = (Upstream::start().await, client());
        let (sender, body) = fed_body();
        let request = upstream.send(&client, post(body));
        let mut connection = upstream.accept().await;
        read_head(&mut connection).await;
        sender.send(Err("the client left".into())).unwrap();
        let error = request.error().await;
        assert!(matches!(error, SendError::RequestBody(_)), "{error:?}");
        assert_eq!(error.source().unwrap().to_string(), "the client left");
        assert_closed(&mut connection, PROMPTLY).await;
    });
}

#[test]
fn a_response_that_breaks_off_fails() {
    run(async {
        for start in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi",
        ] {
            let (upstream, client) = (Upstream::start().await, client());
            let request = upstream.send(&client, get());
            let mut connection = upstream.accept().await;
            answer(&mut connection, start).await;
            let body = request.response().await.into_body();
            drop(connection);
            let collected = timeout(SOON, body.collect()).await.expect("an end");
            assert!(collected.is_err(), "{start}");
        }
    });
}

/// A body of known length that does not know after its last data that it has ended.
struct LateEnd(Option<Bytes>);

impl Body for LateEnd {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

#[test]
fn a_body_of_known_length_that_was_sent_leaves_the_connection_usable() {
    run(async {
        let (upstream, client) = (Upstream::start().await, client());
        let body = ResponseBody::stream(LateEnd(Some(Bytes::from_static(b"body"))));
        let request = upstream.send(&client, post(body));
        let mut connection = upstream.accept().await;
        let head = read_head(&mut connection).await;
        assert!(head.contains("content-length: 4\r\n"), "{head}");
        read_until(&mut connection, "body").await;
        write(&mut connection, EMPTY_ANSWER).await;
        request.response().await;
        let next = upstream.send(&client, get());
        answer(&mut connection, EMPTY_ANSWER).await;
        next.response().await;
    });
}
