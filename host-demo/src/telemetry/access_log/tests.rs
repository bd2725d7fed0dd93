use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{AccessLog, Exchange};
use crate::telemetry::{KeyForm, LogFormat, test_support::Lines};

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
    let log = AccessLog::start(format, KeyForm::new(32), lines.clone()).unwrap();
    log.record(exchange);
    log.close(Instant::now() + Duration::from_secs(30));
    lines.text()
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
fn what_looks_like_a_key_is_not_written() {
    let key = "Zk3v-9QeXr2T_uLw8YbNcJ5mHdAoS1gPiF7xV0tKzRE";
    // The end of the line is where a long path is cut.
    let cut = format!("/{}/{key}", "a".repeat(2030));
    for path in [format!("/models/{key}"), cut] {
        for format in [LogFormat::Text, LogFormat::Json] {
            let line = written(format, &path);
            assert!(!line.contains(&key[..10]), "{line}");
        }
    }
    let method = Exchange {
        method: key,
        ..exchange("/models")
    };
    let line = write(LogFormat::Text, &method);
    assert!(line.contains("\"[redacted] /models HTTP/1.1\""), "{line}");
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
