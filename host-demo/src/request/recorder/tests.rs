use std::{convert::Infallible, time::Duration};

use http::{HeaderMap, Request};
use hyper::{
    body::{Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use prometheus_client::registry::Registry;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
    runtime::LocalRuntime,
    task::spawn_local,
};

use super::*;
use crate::{
    http::test_support::{channel_body, connection, data},
    telemetry::{KeyForm, LogFormat, metrics::Metrics, test_support::Lines},
};

/// The counters and the log of one connection.
struct Recording {
    metrics: Metrics,
    lines: Lines,
    recorder: Rc<Recorder>,
}

impl Recording {
    fn start() -> Self {
        let metrics = Metrics::new(vec!["inference".to_owned()], 1);
        let lines = Lines::default();
        let access_log =
            AccessLog::start(LogFormat::Text, KeyForm::new(32), lines.clone()).unwrap();
        let recorder = Rc::new(Recorder {
            access_log,
            counters: Arc::clone(&metrics.workers()[0]),
            scheme: Scheme::Http,
            listener: metrics.listeners()[0],
        });
        Self {
            metrics,
            lines,
            recorder,
        }
    }

    /// Serves one request of a client with this response.
    fn serve(&self, response: Response<ResponseBody>) -> DuplexStream {
        let (client, server) = duplex(16 * 1024);
        let recorder = Rc::clone(&self.recorder);
        let response = std::cell::RefCell::new(Some(response));
        let service = service_fn(move |request: Request<Incoming>| {
            let (parts, _) = request.into_parts();
            let response = response.borrow_mut().take().unwrap();
            let running = RunningRequest::begin(&connection());
            let caller = Caller::new("127.0.0.1:55342".parse().unwrap(), running);
            let response = recorder.record(parts, recorder.start(), caller, response);
            async { Ok::<_, Infallible>(response) }
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(server), service);
        spawn_local(async { drop(connection.await) });
        client
    }

    fn requests(&self) -> usize {
        let line = "host_demo_requests_total{listener=\"inference\",status=\"200\"} ";
        let text = self.metrics.render(Vec::new(), &Registry::default());
        let mut lines = text.lines();
        let count = lines.find_map(|one| one.strip_prefix(line));
        count.map_or(0, |count| count.parse().unwrap())
    }

    /// All lines, without their times and durations.
    fn lines(self) -> Vec<String> {
        let deadline = Instant::now() + Duration::from_secs(30);
        self.recorder.access_log.close(deadline);
        let text = self.lines.text();
        let lines = text.lines().map(|line| {
            let (_, rest) = line.split_once('"').unwrap();
            let (request, rest) = rest.split_once('"').unwrap();
            let mut words: Vec<_> = rest.split_whitespace().collect();
            words.remove(1);
            format!("{request} {}", words.join(" "))
        });
        lines.collect()
    }
}

fn run<T>(work: impl Future<Output = T>) -> T {
    LocalRuntime::new().unwrap().block_on(work)
}

async fn send(client: &mut DuplexStream, method: &str) {
    let request = format!("{method} /models HTTP/1.1\r\nHost: x\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
}

/// Reads up to `end`.
async fn read_until(client: &mut DuplexStream, end: &str) {
    let mut text = String::new();
    while !text.ends_with(end) {
        text.push(char::from(client.read_u8().await.unwrap()));
    }
}

#[test]
fn a_response_in_memory_is_recorded_before_the_client_has_it() {
    run(async {
        let recording = Recording::start();
        let mut client = recording.serve(Response::new("bytes".into()));
        send(&mut client, "GET").await;
        read_until(&mut client, "bytes").await;

        assert_eq!(recording.requests(), 1);
        assert_eq!(recording.lines(), ["GET /models HTTP/1.1 200"]);
    });
}

#[test]
fn the_response_to_head_is_complete_without_its_body() {
    run(async {
        let recording = Recording::start();
        let mut client = recording.serve(Response::new("bytes".into()));
        send(&mut client, "HEAD").await;
        read_until(&mut client, "\r\n\r\n").await;

        assert_eq!(recording.requests(), 1);
        assert_eq!(recording.lines(), ["HEAD /models HTTP/1.1 200"]);
    });
}

#[test]
fn a_stream_is_recorded_when_it_has_ended_and_not_before() {
    run(async {
        let recording = Recording::start();
        let (frames, body) = channel_body();
        let mut client = recording.serve(Response::new(ResponseBody::stream(body)));
        send(&mut client, "GET").await;
        frames.send(Ok(data("one"))).unwrap();
        read_until(&mut client, "3\r\none\r\n").await;
        assert_eq!(recording.requests(), 0);
        frames.send(Ok(Frame::trailers(HeaderMap::new()))).unwrap();
        read_until(&mut client, "0\r\n\r\n").await;

        assert_eq!(recording.requests(), 1);
        assert_eq!(recording.lines(), ["GET /models HTTP/1.1 200"]);
    });
}

#[test]
fn a_stream_that_fails_is_recorded_as_cut_off() {
    run(async {
        let recording = Recording::start();
        let (frames, body) = channel_body();
        let mut client = recording.serve(Response::new(ResponseBody::stream(body)));
        send(&mut client, "GET").await;
        frames.send(Ok(data("one"))).unwrap();
        read_until(&mut client, "3\r\none\r\n").await;
        frames.send(Err("the upstream failed".into())).unwrap();
        assert_eq!(client.read_to_end(&mut Vec::new()).await.unwrap(), 0);

        assert_eq!(recording.requests(), 1);
        assert_eq!(recording.lines(), ["GET /models HTTP/1.1 200 cut-off"]);
    });
}

#[test]
fn a_stream_whose_client_disconnects_is_recorded_as_cut_off() {
    run(async {
        let recording = Recording::start();
        let (frames, body) = channel_body();
        let mut client = recording.serve(Response::new(ResponseBody::stream(body)));
        send(&mut client, "GET").await;
        frames.send(Ok(data("one"))).unwrap();
        read_until(&mut client, "3\r\none\r\n").await;
        drop(client);
        frames.closed().await;

        assert_eq!(recording.requests(), 1);
        assert_eq!(recording.lines(), ["GET /models HTTP/1.1 200 cut-off"]);
    });
}

#[test]
fn without_an_access_log_a_request_is_only_counted() {
    run(async {
        let mut recording = Recording::start();
        let recorder = Rc::get_mut(&mut recording.recorder).unwrap();
        recorder.access_log = AccessLog::off();
        assert_eq!(recorder.start(), None);
        let mut client = recording.serve(Response::new("bytes".into()));
        send(&mut client, "GET").await;
        read_until(&mut client, "bytes").await;

        assert_eq!(recording.requests(), 1);
        assert_eq!(recording.lines(), [""; 0]);
    });
}
