use std::{cell::Cell, convert::Infallible, future::pending};

use http::{HeaderMap, HeaderValue};
use hyper::{
    body::{Frame, Incoming},
    server::conn::http2,
    service::service_fn,
};
use hyper_util::rt::TokioIo;

use super::*;
use crate::http::local_executor::LocalExecutor;

/// What a client of HTTP/2 sends first.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
const SETTINGS_ACK: [u8; 9] = [0, 0, 0, 4, 1, 0, 0, 0, 0];
const HEADERS_FRAME: u8 = 1;
const RESET_FRAME: u8 = 3;
const PING_FRAME: u8 = 6;
/// `:status: 200`, as HPACK writes it.
const STATUS_200: u8 = 0x88;

async fn start() -> Upstream {
    Upstream::limited(Protocol::Http2, NO_CONNECTIONS, NO_CONNECTIONS).await
}

/// Serves a connection, with at most so many requests at once.
pub(super) fn serve<F>(
    connection: TcpStream,
    streams_max: u32,
    respond: impl Fn(Request<Incoming>) -> F + 'static,
) where
    F: Future<Output = Response<ResponseBody>> + 'static,
{
    let service = service_fn(move |request| {
        let response = respond(request);
        async move { Ok::<_, Infallible>(response.await) }
    });
    let mut builder = http2::Builder::new(LocalExecutor);
    builder.max_concurrent_streams(streams_max);
    spawn_local(builder.serve_connection(TokioIo::new(connection), service));
}

/// An upstream that writes frames by hand.
struct Frames(TcpStream);

impl Frames {
    async fn accept(upstream: &Upstream) -> Self {
        let mut stream = upstream.accept().await;
        let mut preface = [0; PREFACE.len()];
        stream.read_exact(&mut preface).await.unwrap();
        assert_eq!(preface, PREFACE);
        stream.write_all(&SETTINGS).await.unwrap();
        stream.write_all(&SETTINGS_ACK).await.unwrap();
        Self(stream)
    }

    /// The number of the stream of the next frame of this type.
    async fn next(&mut self, kind: u8) -> u32 {
        loop {
            let mut head = [0; 9];
            let read = timeout(SOON, self.0.read_exact(&mut head)).await;
            read.expect("a frame").unwrap();
            let [a, b, c, frame_kind, _, d, e, f, g] = head;
            let length = u32::from_be_bytes([0, a, b, c]) as usize;
            let mut payload = vec![0; length];
            self.0.read_exact(&mut payload).await.unwrap();
            if frame_kind == kind {
                return u32::from_be_bytes([d, e, f, g]);
            }
        }
    }

    async fn write(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let mut frame = Vec::from(&u32::try_from(payload.len()).unwrap().to_be_bytes()[1..]);
        frame.extend([kind, flags]);
        frame.extend(stream.to_be_bytes());
        frame.extend(payload);
        self.0.write_all(&frame).await.unwrap();
    }

    /// No further streams, and those after `last` were not processed.
    async fn go_away(&mut self, last: u32) {
        let payload = [last.to_be_bytes(), [0; 4]].concat();
        self.write(7, 0, 0, &payload).await;
        // The answer to a PING shows that the client has read it.
        self.write(PING_FRAME, 0, 0, &[0; 8]).await;
        self.next(PING_FRAME).await;
    }

    /// A response without a body.
    async fn answer(&mut self, stream: u32) {
        self.write(HEADERS_FRAME, 0b101, stream, &[STATUS_200])
            .await;
    }
}

#[test]
fn requests_share_a_connection_and_have_scheme_and_authority() {
    run(async {
        let (upstream, metrics) = (start().await, metrics());
        let client = client_with(settings(), &metrics);
        let requests: Vec<_> = (0..10).map(|_| upstream.send(&client, get())).collect();
        serve(upstream.accept().await, 100, |request| async move {
            assert!(!request.headers().contains_key("host"));
            Response::new(request.uri().to_string().into())
        });
        for request in requests {
            let response = request.response().await;
            assert_eq!(text(response).await, "http://upstream/path?query");
        }
        assert!(upstream.has_no_other_connection().await);
        assert_eq!(metric(&metrics, "upstream_connections_opened_total"), 1);
        assert_eq!(metric(&metrics, "upstream_connections_reused_total"), 9);
        assert_eq!(metric(&metrics, "upstream_connections{state=\"idle\"}"), 1);
    });
}

#[test]
fn another_connection_is_opened_when_the_streams_of_one_are_used_up() {
    run(async {
        let (upstream, client) = (start().await, client());
        let first = upstream.send(&client, get());
        let held = Rc::new(Cell::new(0));
        let count = Rc::clone(&held);
        let hold = move |request: Request<Incoming>| {
            count.set(count.get() + 1);
            let is_first = count.get() == 1;
            async move {
                if !is_first {
                    pending::<()>().await;
                }
                drop(request);
                Response::new(ResponseBody::default())
            }
        };
        serve(upstream.accept().await, 1, hold);
        first.response().await;
        let _held = upstream.send(&client, get());
        let other = upstream.send(&client, get());
        serve(upstream.accept().await, 1, |_| async {
            Response::new("from the second".into())
        });
        assert_eq!(text(other.response().await).await, "from the second");
        assert_eq!(held.get(), 2);
    });
}

#[test]
fn bodies_and_trailers_pass_in_both_directions() {
    run(async {
        let (upstream, client) = (start().await, client());
        let trailers = |value| {
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", HeaderValue::from_static(value));
            Frame::trailers(trailers)
        };
        let (sender, body) = fed_body();
        sender.send(Ok(data("ping"))).unwrap();
        sender.send(Ok(trailers("1"))).unwrap();
        let request = upstream.send(&client, post(body));
        serve(upstream.accept().await, 100, move |request| async move {
            let body = request.into_body().collect().await.unwrap();
            assert_eq!(body.trailers().unwrap()["grpc-status"], "1");
            let (sender, answer) = fed_body();
            sender.send(Ok(Frame::data(body.to_bytes()))).unwrap();
            sender.send(Ok(trailers("0"))).unwrap();
            Response::new(answer)
        });
        let body = request.response().await.into_body().collect().await;
        let body = body.unwrap();
        assert_eq!(body.trailers().unwrap()["grpc-status"], "0");
        assert_eq!(body.to_bytes(), "ping");
    });
}

#[test]
fn a_request_that_is_given_up_resets_its_stream_and_not_the_connection() {
    run(async {
        let (upstream, client) = (start().await, client());
        let (_feed, body) = fed_body();
        let given_up = upstream.send(&client, post(body));
        let mut frames = Frames::accept(&upstream).await;
        let stream = frames.next(HEADERS_FRAME).await;
        given_up.0.abort();
        assert_eq!(frames.next(RESET_FRAME).await, stream);

        let next = upstream.send(&client, get());
        let stream = frames.next(HEADERS_FRAME).await;
        frames.answer(stream).await;
        assert_eq!(next.response().await.status(), 200);
    });
}

#[test]
fn a_response_that_is_dropped_resets_its_stream_even_while_the_request_is_sent() {
    run(async {
        let (upstream, client) = (start().await, client());
        let (feed, body) = fed_body();
        let request = upstream.send(&client, post(body));
        let mut frames = Frames::accept(&upstream).await;
        let stream = frames.next(HEADERS_FRAME).await;
        frames
            .write(HEADERS_FRAME, 0b100, stream, &[STATUS_200])
            .await;
        let response = request.response().await;
        drop(response);
        assert_eq!(frames.next(RESET_FRAME).await, stream);
        timeout(SOON, feed.closed())
            .await
            .expect("the request's body is dropped");
    });
}

#[test]
fn an_early_answer_passes_and_ends_the_request() {
    run(async {
        let (upstream, client) = (start().await, client());
        let (feed, body) = fed_body();
        let request = upstream.send(&client, post(body));
        let mut frames = Frames::accept(&upstream).await;
        let stream = frames.next(HEADERS_FRAME).await;
        frames.answer(stream).await;
        assert_eq!(text(request.response().await).await, "");
        assert_eq!(frames.next(RESET_FRAME).await, stream);
        timeout(SOON, feed.closed())
            .await
            .expect("the request's body is dropped");
    });
}

#[test]
fn a_request_body_that_breaks_off_is_told_as_such() {
    run(async {
        let (upstream, client) = (start().await, client());
        let (feed, body) = fed_body();
        let request = upstream.send(&client, post(body));
        let mut frames = Frames::accept(&upstream).await;
        let stream = frames.next(HEADERS_FRAME).await;
        feed.send(Err("the client left".into())).unwrap();
        assert_eq!(frames.next(RESET_FRAME).await, stream);
        let error = request.error().await;
        assert!(matches!(error, SendError::RequestBody(_)), "{error:?}");
    });
}

#[test]
fn goaway_lets_requests_in_flight_end_and_sends_further_ones_elsewhere() {
    run(async {
        let (upstream, client) = (start().await, client());
        let first = upstream.send(&client, get());
        let mut frames = Frames::accept(&upstream).await;
        let stream = frames.next(HEADERS_FRAME).await;
        frames.go_away(stream).await;
        let second = upstream.send(&client, get());
        let mut other = Frames::accept(&upstream).await;
        let other_stream = other.next(HEADERS_FRAME).await;
        other.answer(other_stream).await;
        assert_eq!(second.response().await.status(), 200);
        frames.answer(stream).await;
        assert_eq!(first.response().await.status(), 200);
    });
}

#[test]
fn a_request_that_goaway_or_a_reset_refuses_fails_and_is_not_sent_again() {
    run(async {
        for is_goaway in [true, false] {
            let (upstream, client) = (start().await, client());
            let request = upstream.send(&client, get());
            let mut frames = Frames::accept(&upstream).await;
            let stream = frames.next(HEADERS_FRAME).await;
            if is_goaway {
                frames.go_away(0).await;
            } else {
                let refused = 7_u32.to_be_bytes();
                frames.write(RESET_FRAME, 0, stream, &refused).await;
            }
            let error = request.error().await;
            assert!(matches!(error, SendError::Closed(_)), "{error:?}");
            assert!(upstream.has_no_other_connection().await);
        }
    });
}

#[test]
fn a_response_that_is_shorter_than_announced_fails() {
    run(async {
        let (upstream, client) = (start().await, client());
        let request = upstream.send(&client, get());
        let mut frames = Frames::accept(&upstream).await;
        let stream = frames.next(HEADERS_FRAME).await;
        // `content-length: 5`, as HPACK writes it.
        let head = [STATUS_200, 0x0f, 0x0d, 1, b'5'];
        frames.write(HEADERS_FRAME, 0b100, stream, &head).await;
        frames.write(0, 0, stream, b"hi").await;
        let response = request.response().await;
        frames.write(RESET_FRAME, 0, stream, &[0; 4]).await;
        let collected = timeout(SOON, response.into_body().collect()).await;
        let error = collected.expect("an end").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the upstream ended its response 3 bytes early"
        );
    });
}

#[test]
fn an_idle_connection_is_closed_after_its_time() {
    run(async {
        let (upstream, metrics) = (start().await, metrics());
        let settings = ClientSettings {
            idle_timeout: Duration::from_millis(20),
            ..settings()
        };
        let client = client_with(settings, &metrics);
        let request = upstream.send(&client, get());
        let mut frames = Frames::accept(&upstream).await;
        let stream = frames.next(HEADERS_FRAME).await;
        frames.answer(stream).await;
        request.response().await;
        assert_closed(&mut frames.0, SOON).await;
        assert_eq!(metric(&metrics, "upstream_connections{state=\"idle\"}"), 0);
    });
}

#[test]
fn an_upstream_that_speaks_no_http2_gets_the_request_once() {
    run(async {
        let (upstream, client) = (start().await, client());
        let request = upstream.send(&client, get());
        let mut connection = upstream.accept().await;
        write(&mut connection, "HTTP/1.1 400 Bad Request\r\n\r\n").await;
        let error = request.error().await;
        assert!(matches!(error, SendError::Closed(_)), "{error:?}");
        assert!(upstream.has_no_other_connection().await);
    });
}

#[test]
fn an_upstream_that_answers_no_ping_during_a_request_is_given_up() {
    run(async {
        let upstream = start().await;
        let settings = ClientSettings {
            ping_interval: Duration::from_millis(20),
            ping_timeout: Duration::from_millis(20),
            ..settings()
        };
        let client = client_with(settings, &metrics());
        let request = upstream.send(&client, get());
        let mut frames = Frames::accept(&upstream).await;
        frames.next(PING_FRAME).await;
        let error = request.error().await;
        assert!(matches!(error, SendError::Closed(_)), "{error:?}");
        assert_closed(&mut frames.0, SOON).await;
    });
}

#[test]
fn a_connection_in_use_is_not_looked_at_all_the_time_however_short_the_idle_time_is() {
    run(async {
        let upstream = start().await;
        let mut settings = settings();
        settings.idle_timeout = Duration::ZERO;
        let client = client_with(settings, &metrics());
        let request = upstream.send(&client, get());
        serve(upstream.accept().await, 100, |_| pending());
        let Pool::Http2(pool) = client.pool(&upstream.destination) else {
            panic!("another protocol");
        };
        let next = loop {
            if let Some(next) = reaper::Reaped::close_expired(&*pool) {
                break next;
            }
            tokio::task::yield_now().await;
        };
        assert!(next > tokio::time::Instant::now());
        drop(request);
    });
}
