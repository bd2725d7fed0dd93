use std::{
    io::{self, Write},
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver, Sender},
    },
    time::Duration,
};

use serde_json::{Value, json};

use super::{AccessLog, Exchange, WAITING_LINES_MAX};
use crate::telemetry::LogFormat;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn exchange(path: &str) -> Exchange<'_> {
    Exchange {
        peer: "127.0.0.1:55342".parse().unwrap(),
        method: "GET",
        path,
        scheme: "http",
        protocol: "HTTP/1.1",
        principal: None,
        status: 400,
        duration: Duration::from_micros(3_900),
        response_bytes: 181,
        is_complete: true,
    }
}

fn written(format: LogFormat, path: &str) -> String {
    write(format, &exchange(path))
}

fn write(format: LogFormat, exchange: &Exchange<'_>) -> String {
    let lines = Lines::default();
    let (log, guard) = AccessLog::start(format, lines.clone());
    log.record(exchange);
    drop(guard);
    let bytes = lines.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_line_has_the_text_of_torchserve_after_the_time() {
    let line = written(LogFormat::Text, "/models");
    let (time, text) = line.split_once(" - ").unwrap();
    assert!(
        chrono::NaiveDateTime::parse_from_str(time, "%Y-%m-%dT%H:%M:%S,%3f").is_ok(),
        "{time}"
    );
    assert_eq!(text, "/127.0.0.1:55342 \"GET /models HTTP/1.1\" 400 3\n");
}

#[test]
fn json_has_the_same_values_as_members() {
    let line = written(LogFormat::Json, "/models?token=secret");
    let mut object: Value = serde_json::from_str(&line).unwrap();
    assert!(
        object
            .as_object_mut()
            .unwrap()
            .remove("timestamp")
            .unwrap()
            .is_string()
    );
    assert_eq!(
        object,
        json!({
            "peer": "127.0.0.1:55342", "method": "GET", "path": "/models",
            "scheme": "http", "protocol": "HTTP/1.1",
            "status": 400, "duration_ms": 3, "response_bytes": 181, "is_complete": true,
        })
    );
}

#[test]
fn a_response_that_was_cut_off_is_marked() {
    let cut_off = Exchange {
        is_complete: false,
        ..exchange("/models")
    };
    let line = write(LogFormat::Text, &cut_off);
    assert!(line.ends_with(" 400 3 cut-off\n"), "{line}");
    let object: Value = serde_json::from_str(&write(LogFormat::Json, &cut_off)).unwrap();
    assert_eq!(object["is_complete"], false);
}

#[test]
fn a_query_is_never_written() {
    for path in ["/models?token=secret", "/models?a?token=secret"] {
        let line = written(LogFormat::Text, path);
        assert!(line.ends_with("\"GET /models HTTP/1.1\" 400 3\n"), "{line}");
    }
}

#[test]
fn a_path_cannot_forge_a_line() {
    let line = written(LogFormat::Text, "/a\" 200 1\r\n/x");
    assert!(
        line.ends_with("\"GET /a\\\" 200 1\\r\\n/x HTTP/1.1\" 400 3\n"),
        "{line}"
    );
    assert_eq!(line.lines().count(), 1);
}

#[test]
fn a_long_path_and_a_long_method_are_shortened_between_two_characters() {
    let long = format!("/{}", "ä".repeat(30_000));
    let exchange = Exchange {
        method: &long,
        ..exchange(&long)
    };
    let begin = &long[..2047];
    for format in [LogFormat::Text, LogFormat::Json] {
        let line = write(format, &exchange);

        assert_eq!(line.matches(&format!("{begin}...")).count(), 2);
        assert!(line.len() < 5_000, "{}", line.len());
    }
}

#[test]
fn a_log_that_is_off_writes_nothing() {
    let log = AccessLog::off();
    log.record(&exchange("/models"));
    assert!(!log.is_on());
    assert_eq!(log.dropped_lines(), 0);
}

/// Says that a write began, then waits until it is allowed to end.
struct Stuck {
    began: Sender<()>,
    release: Receiver<()>,
}

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.began.send(());
        let _ = self.release.recv();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_log_drops_and_counts_lines_instead_of_waiting() {
    let (began_sender, began) = mpsc::channel();
    let (release, release_receiver) = mpsc::channel();
    let stuck = Stuck {
        began: began_sender,
        release: release_receiver,
    };
    let (log, guard) = AccessLog::start(LogFormat::Text, stuck);
    log.record(&exchange("/first"));
    began.recv().unwrap();
    for _ in 0..WAITING_LINES_MAX + 5 {
        log.record(&exchange("/more"));
    }
    assert_eq!(log.dropped_lines(), 5);
    drop(release);
    drop(guard);
}

#[test]
fn the_name_of_the_key_is_told_and_cannot_end_its_field() {
    let named = Exchange {
        principal: Some("inference"),
        ..exchange("/ping")
    };
    let line = write(LogFormat::Text, &named);
    assert!(line.ends_with(" 400 3 principal=inference\n"), "{line}");
    let object: Value = serde_json::from_str(&write(LogFormat::Json, &named)).unwrap();
    assert_eq!(object["principal"], "inference");

    let hostile = Exchange {
        principal: Some("a b=\"c\n"),
        ..exchange("/ping")
    };
    let line = write(LogFormat::Text, &hostile);
    assert!(line.ends_with(" principal=\"a b=\\\"c\\n\"\n"), "{line}");
}
