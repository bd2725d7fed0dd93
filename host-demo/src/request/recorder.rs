//! Counts and logs each request, once its response has ended.

use std::{net::SocketAddr, rc::Rc, sync::Arc, time::Instant};

use http::{Method, Response, StatusCode, Uri, Version, request::Parts};

use crate::{
    config::Scheme,
    http::{
        body::ResponseBody,
        observed_body::{Ending, ObservedBody, Observer},
        running_request::RunningRequest,
    },
    policy::Principal,
    telemetry::{
        AccessLog, Exchange,
        metrics::{ListenerId, WorkerMetrics},
    },
};

/// The body of a response whose end is recorded.
pub(crate) type RecordedBody = ObservedBody<Record>;

/// The parts of the records that one connection shares.
#[derive(Debug)]
pub(crate) struct Recorder {
    pub(crate) access_log: AccessLog,
    pub(crate) counters: Arc<WorkerMetrics>,
    /// Whose counters are used.
    pub(crate) listener: ListenerId,
    /// Of the connection.
    pub(crate) scheme: Scheme,
}

/// Who sent a request.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) address: SocketAddr,
    /// The key, if there is one.
    pub(crate) principal: Option<Principal>,
    /// The name of the key for the access log, if it is on.
    pub(crate) name: Option<String>,
    /// Whether what answers reads the body of the request.
    pub(crate) takes_body: bool,
    /// The request, for the limits of its connection.
    pub(crate) request: RunningRequest,
}

/// What is known of a request when its response begins.
#[derive(Debug)]
pub(crate) struct Record {
    recorder: Rc<Recorder>,
    status: StatusCode,
    principal: Option<Principal>,
    /// None if requests are not logged.
    line: Option<Box<Line>>,
}

/// The values of a line of the access log.
#[derive(Debug)]
struct Line {
    client: SocketAddr,
    method: Method,
    uri: Uri,
    version: Version,
    start: Instant,
    principal: Option<String>,
}

impl Caller {
    /// One without a key.
    pub(crate) const fn new(address: SocketAddr, request: RunningRequest) -> Self {
        Self {
            address,
            takes_body: false,
            request,
            principal: None,
            name: None,
        }
    }
}

impl Recorder {
    /// The time at which a request begins, if it is logged.
    pub(crate) fn start(&self) -> Option<Instant> {
        self.access_log.is_on().then(Instant::now)
    }

    /// Wraps a response, so that it is recorded when it has ended.
    pub(crate) fn record(
        self: &Rc<Self>,
        request: Parts,
        start: Option<Instant>,
        caller: Caller,
        response: Response<ResponseBody>,
    ) -> Response<RecordedBody> {
        let status = response.status();
        let is_bodiless = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        let is_body_sent = request.method != Method::HEAD && !is_bodiless;
        let line = start.map(|start| {
            Box::new(Line {
                client: caller.address,
                method: request.method,
                uri: request.uri,
                version: request.version,
                start,
                principal: caller.name,
            })
        });
        let record = Record {
            recorder: Rc::clone(self),
            status,
            principal: caller.principal,
            line,
        };
        let running = caller.request;
        response.map(|body| ObservedBody::new(body, is_body_sent, running, record))
    }
}

impl Observer for Record {
    fn ended(self, ending: Ending) {
        let Self {
            recorder,
            status,
            principal,
            line,
        } = self;
        recorder.counters.count_request(recorder.listener, status);
        if let Some(principal) = principal {
            recorder.counters.count_key(principal.key());
        }
        if let Some(line) = line {
            recorder.access_log.record(&Exchange {
                peer: line.client,
                method: line.method.as_str(),
                path: line.uri.path(),
                scheme: recorder.scheme.as_str(),
                protocol: protocol(line.version),
                principal: line.principal.as_deref(),
                status: status.as_u16(),
                duration: line.start.elapsed(),
                response_bytes: ending.body_bytes,
                is_complete: ending.is_complete,
            });
        }
    }
}

const fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    }
}

#[cfg(test)]
mod tests;
