use std::thread;

use chrono::{DateTime, FixedOffset};
use serde_json::{Value, json};
use tracing::{debug, error, info, trace, warn};

use super::{LineFormat, LogLevel, subscriber};
use crate::telemetry::{LogFormat, test_support::Lines};

fn clock() -> DateTime<FixedOffset> {
    "2026-11-23T10:09:14.122987+01:00".parse().unwrap()
}

/// The log after `emit` ran on a thread named `main`.
fn logged(format: LogFormat, level: LogLevel, emit: impl FnOnce() + Send + 'static) -> String {
    let lines = Lines::default();
    let writer = lines.clone();
    let (log, _) = subscriber(LineFormat::with_clock(format, clock), level, move || {
        writer.clone()
    });
    let emitter = move || tracing::subscriber::with_default(log, emit);
    thread::Builder::new()
        .name("main".to_owned())
        .spawn(emitter)
        .unwrap()
        .join()
        .unwrap();
    lines.text()
}

fn text(emit: impl FnOnce() + Send + 'static) -> String {
    logged(LogFormat::Text, LogLevel::Trace, emit)
}

#[test]
fn a_line_has_the_shape_of_torchserve() {
    let line = text(|| info!(target: "host_demo::plugins", "Loading plugin for endpoint token"));
    assert_eq!(
        line,
        "2026-11-23T10:09:14,122 [INFO ] main host_demo::plugins - Loading plugin for endpoint token\n"
    );
}

#[test]
fn levels_are_padded_to_five_letters() {
    let lines = text(|| {
        error!(target: "host_demo", "a");
        warn!(target: "host_demo", "b");
        info!(target: "host_demo", "c");
        debug!(target: "host_demo", "d");
        trace!(target: "host_demo", "e");
    });
    let levels: Vec<&str> = lines.lines().filter_map(|line| line.get(24..31)).collect();
    assert_eq!(
        levels,
        ["[ERROR]", "[WARN ]", "[INFO ]", "[DEBUG]", "[TRACE]"]
    );
}

#[test]
fn fields_follow_the_message_in_their_order() {
    let line = text(|| {
        info!(
            target: "host_demo", plugin = "token", count = 3, ok = true, ratio = 0.5,
            path = "/a b", debug = ?Some("x"), shown = %"y", empty = "", "Done"
        );
    });
    assert_eq!(
        line,
        "2026-11-23T10:09:14,122 [INFO ] main host_demo - Done plugin=token count=3 ok=true \
         ratio=0.5 path=\"/a b\" debug=\"Some(\\\"x\\\")\" shown=y empty=\"\"\n"
    );
}

#[test]
fn untrusted_text_cannot_forge_a_line_or_a_field() {
    let line = text(|| {
        let path =
            "/a\r\n2026-11-23T10:09:14,122 [INFO ] main x - forged \u{1b}[2J\u{2028}\u{202e}";
        info!(target: "host_demo", path, shown = %"a admin=true", "path {path}");
    });
    let escaped = "/a\\r\\n2026-11-23T10:09:14,122 [INFO ] main x - forged \
                   \\u{1b}[2J\\u{2028}\\u{202e}";
    assert_eq!(
        line,
        format!(
            "2026-11-23T10:09:14,122 [INFO ] main host_demo - path {escaped} path=\"{escaped}\" \
             shown=\"a admin=true\"\n"
        )
    );
}

#[test]
fn json_is_one_object_a_line_in_utc() {
    let lines = logged(LogFormat::Json, LogLevel::Info, || {
        info!(target: "host_demo::plugins", plugin = "a\nb", count = 3, ratio = f64::NAN, "Done\u{9b}\u{2028}");
        warn!(target: "host_demo", "Next");
    });
    let objects: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        objects,
        [
            json!({
                "timestamp": "2026-11-23T09:09:14.122Z", "level": "INFO", "thread": "main",
                "target": "host_demo::plugins", "message": "Done\u{9b}\u{2028}",
                "fields": {"plugin": "a\nb", "count": 3, "ratio": "NaN"},
            }),
            json!({
                "timestamp": "2026-11-23T09:09:14.122Z", "level": "WARN", "thread": "main",
                "target": "host_demo", "message": "Next", "fields": {},
            }),
        ]
    );
    assert!(!lines.contains(['\u{9b}', '\u{2028}']), "{lines:?}");
    let keys = [
        "timestamp",
        "level",
        "thread",
        "target",
        "message",
        "fields",
    ];
    let positions: Vec<Option<usize>> = keys.iter().map(|key| lines.find(key)).collect();
    assert!(positions.is_sorted(), "{lines}");
}

#[test]
fn the_level_decides_what_is_logged() {
    for (level, expected) in [
        (LogLevel::Error, "e"),
        (LogLevel::Warn, "ew"),
        (LogLevel::Info, "ewi"),
        (LogLevel::Debug, "ewid"),
        (LogLevel::Trace, "ewidt"),
    ] {
        let lines = logged(LogFormat::Text, level, || {
            error!(target: "host_demo::server", "e");
            warn!(target: "host_demo::server", "w");
            info!(target: "host_demo::server", "i");
            debug!(target: "host_demo::server", "d");
            trace!(target: "host_demo::server", "t");
        });
        let messages: String = lines
            .lines()
            .filter_map(|line| line.chars().last())
            .collect();
        assert_eq!(messages, expected, "{level:?}");
    }
}

#[test]
fn libraries_are_never_logged_below_warn() {
    let lines = text(|| {
        debug!(target: "h2::codec", "authorization: Bearer secret");
        info!(target: "hyper", "authorization: Bearer secret");
        warn!(target: "hyper", "shown");
    });
    assert_eq!(
        lines,
        "2026-11-23T10:09:14,122 [WARN ] main hyper - shown\n"
    );
}
