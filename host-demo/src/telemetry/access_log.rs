//! One line for each request, written by a dedicated thread.

use std::{
    borrow::Cow,
    fmt,
    io::{self, Write},
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{
    KeyForm, LogFormat,
    escape::{json_line, push_format, push_quoted, push_value},
    line::{json_time, text_time},
    line_queue::LineQueue,
    time::now,
};

/// How much of a method or a path is logged, in bytes, so that the lines that wait stay small whatever clients send.
const TEXT_BYTES_MAX: usize = 2048;

/// One request and its response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exchange<'a> {
    /// The client.
    pub(crate) peer: SocketAddr,
    /// The method as it was sent.
    pub(crate) method: &'a str,
    /// The path; a query, which may hold a key, is cut off, and what looks like a key is redacted.
    pub(crate) path: &'a str,
    /// `http`, or `https` for a connection with TLS.
    pub(crate) scheme: &'static str,
    /// The protocol, for example `HTTP/1.1`.
    pub(crate) protocol: &'a str,
    /// The name of the key that came with the request, if its plugin told one.
    pub(crate) principal: Option<&'a str>,
    /// The status of the response.
    pub(crate) status: u16,
    /// From the request's head to the end of the response.
    pub(crate) duration: Duration,
    /// How much of the response's body was handed to the connection.
    pub(crate) response_bytes: u64,
    /// Whether that is the whole body. Otherwise the response was cut off.
    pub(crate) is_complete: bool,
}

/// The access log; cheap to clone, usable from any thread.
///
/// A line is written when the response has ended. It has log4j's time and then TorchServe's text:
/// `2026-11-23T10:09:14,122 - /127.0.0.1:55342 "GET /models HTTP/1.1" 400 3`, the last number being
/// milliseconds. ` principal=NAME` follows where the key has a name, and ` cut-off` where the response
/// was cut off.
#[derive(Clone)]
pub(crate) struct AccessLog(Option<Output>);

#[derive(Clone)]
struct Output {
    format: LogFormat,
    key_form: KeyForm,
    queue: LineQueue,
}

impl AccessLog {
    /// Starts the thread that writes to `writer`.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(crate) fn start(
        format: LogFormat,
        key_form: KeyForm,
        writer: impl Write + Send + 'static,
    ) -> io::Result<Self> {
        let queue = LineQueue::start("access-log", writer)?;
        Ok(Self(Some(Output {
            format,
            key_form,
            queue,
        })))
    }

    /// A log that writes nothing.
    pub(crate) fn off() -> Self {
        Self(None)
    }

    /// Whether lines are written. If not, no duration has to be measured.
    pub(crate) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Passes one line to the writer; never waits, drops the line if too much waits.
    pub(crate) fn record(&self, exchange: &Exchange<'_>) {
        let Some(output) = &self.0 else {
            return;
        };
        let line = match output.format {
            LogFormat::Text => text(exchange, output.key_form),
            LogFormat::Json => json(exchange, output.key_form),
        };
        output.queue.push(line.as_bytes());
    }

    /// The lines that wait, if it is on.
    pub(crate) fn queue(&self) -> Option<&LineQueue> {
        self.0.as_ref().map(|output| &output.queue)
    }

    /// Takes no more lines, and waits until those that wait are written, or until `deadline`.
    pub(crate) fn close(&self, deadline: Instant) {
        if let Some(queue) = self.queue() {
            queue.close(deadline);
        }
    }
}

impl fmt::Debug for AccessLog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AccessLog")
            .field("is_on", &self.is_on())
            .finish()
    }
}

impl Exchange<'_> {
    fn path_only(&self, key_form: KeyForm) -> Cow<'_, str> {
        shortened(key_form.redact(self.path.split('?').next().unwrap_or_default()))
    }

    fn short_method(&self, key_form: KeyForm) -> Cow<'_, str> {
        shortened(key_form.redact(self.method))
    }
}

/// The text, or its beginning and `...` where it is longer than is logged.
fn shortened(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.len() <= TEXT_BYTES_MAX {
        return text;
    }
    let end = text.floor_char_boundary(TEXT_BYTES_MAX);
    Cow::Owned(format!("{}...", text.get(..end).unwrap_or_default()))
}

fn text(exchange: &Exchange<'_>, key_form: KeyForm) -> String {
    let Exchange {
        peer,
        protocol,
        status,
        duration,
        principal,
        is_complete,
        ..
    } = exchange;
    let (method, path) = (
        exchange.short_method(key_form),
        exchange.path_only(key_form),
    );
    let mut line = String::with_capacity(128);
    push_format(&mut line, format_args!("{} - /{peer} ", text_time(&now())));
    push_quoted(&mut line, &format!("{method} {path} {protocol}"));
    push_format(
        &mut line,
        format_args!(" {status} {}", duration.as_millis()),
    );
    if let Some(principal) = principal {
        line.push_str(" principal=");
        push_value(&mut line, principal);
    }
    line.push_str(if *is_complete { "\n" } else { " cut-off\n" });
    line
}

fn json(exchange: &Exchange<'_>, key_form: KeyForm) -> String {
    let milliseconds = u64::try_from(exchange.duration.as_millis()).unwrap_or(u64::MAX);
    let mut object = json!({
        "timestamp": json_time(&now()),
        "peer": exchange.peer.to_string(),
        "method": exchange.short_method(key_form),
        "path": exchange.path_only(key_form),
        "scheme": exchange.scheme,
        "protocol": exchange.protocol,
        "status": exchange.status,
        "duration_ms": milliseconds,
        "response_bytes": exchange.response_bytes,
        "is_complete": exchange.is_complete,
    });
    if let Some(principal) = exchange.principal {
        object["principal"] = principal.into();
    }
    json_line(&object)
}

#[cfg(test)]
mod tests;
