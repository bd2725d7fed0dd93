//! Formats one event of the log as one line.

use std::{fmt, thread};

use chrono::{DateTime, FixedOffset};
use serde_json::{Value, json};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

use super::{
    LogFormat,
    escape::{json_line, push_escaped, push_format, push_value},
    record::EventRecord,
    time,
};

/// How an event becomes a line: TorchServe's shape, or one JSON object.
///
/// Text has the local time, as TorchServe's has (set `TZ=UTC` for UTC); JSON has UTC. An event
/// always makes exactly one line.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineFormat {
    format: LogFormat,
    clock: fn() -> DateTime<FixedOffset>,
}

impl LineFormat {
    pub(super) fn new(format: LogFormat) -> Self {
        Self::with_clock(format, time::now)
    }

    pub(super) fn with_clock(format: LogFormat, clock: fn() -> DateTime<FixedOffset>) -> Self {
        Self { format, clock }
    }
}

impl<S, N> FormatEvent<S, N> for LineFormat
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        _context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut record = EventRecord::default();
        event.record(&mut record);
        let time = (self.clock)();
        let current = thread::current();
        let thread_name = current.name().unwrap_or("unnamed");
        let line = match self.format {
            LogFormat::Text => text(&time, event, thread_name, &record),
            LogFormat::Json => json(&time, event, thread_name, &record),
        };
        writer.write_str(&line)
    }
}

/// `2026-11-23T10:09:14,122`, as log4j writes it.
pub(super) fn text_time(time: &DateTime<FixedOffset>) -> impl fmt::Display {
    time.format("%Y-%m-%dT%H:%M:%S,%3f")
}

/// `2026-11-23T09:09:14.122Z`
pub(super) fn json_time(time: &DateTime<FixedOffset>) -> String {
    time.to_utc().format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn text(
    time: &DateTime<FixedOffset>,
    event: &Event<'_>,
    thread_name: &str,
    record: &EventRecord,
) -> String {
    let metadata = event.metadata();
    let mut line = String::with_capacity(160);
    push_format(
        &mut line,
        format_args!("{} [{:<5}] ", text_time(time), metadata.level().as_str()),
    );
    push_escaped(&mut line, thread_name);
    push_format(&mut line, format_args!(" {} - ", metadata.target()));
    push_escaped(&mut line, &record.message);
    for (name, value) in &record.fields {
        push_format(&mut line, format_args!(" {name}="));
        match value {
            Value::String(text) => push_value(&mut line, text),
            other => push_format(&mut line, format_args!("{other}")),
        }
    }
    line.push('\n');
    line
}

fn json(
    time: &DateTime<FixedOffset>,
    event: &Event<'_>,
    thread_name: &str,
    record: &EventRecord,
) -> String {
    let metadata = event.metadata();
    let level: &Level = metadata.level();
    json_line(&json!({
        "timestamp": json_time(time),
        "level": level.as_str(),
        "thread": thread_name,
        "target": metadata.target(),
        "message": record.message,
        "fields": record.fields,
    }))
}
