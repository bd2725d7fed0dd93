use super::{Turn, read_report};

const GOOD: &str = "\
Running 1s test @ http://127.0.0.1:8081/models
  2 threads and 64 connections
  142077 requests in 1.00s, 25.61MB read
Requests/sec: 141913.06
Transfer/sec:     25.58MB
";

#[test]
fn the_rate_is_read() {
    let turn = Turn {
        rate: 141_913.06,
        requests: 142_077.0,
        timeouts: 0,
    };
    assert_eq!(read_report(GOOD), Ok(turn));
}

#[test]
fn late_responses_are_counted() {
    let turn = read_report(&with(
        "  Socket errors: connect 0, read 0, write 0, timeout 63",
    ));
    assert_eq!(turn.unwrap().timeouts, 63);
}

#[test]
fn a_report_with_rejections_or_failed_connections_is_an_error() {
    for (line, expected) in [
        ("  Non-2xx or 3xx responses: 5", "unsuccessful responses: 5"),
        (
            "  Socket errors: connect 0, read 3, write 0, timeout 0",
            "socket errors: connect 0, read 3, write 0, timeout 0",
        ),
    ] {
        assert_eq!(read_report(&with(line)), Err(expected.to_owned()));
    }
    assert!(read_report("unable to connect").is_err());
}

fn with(line: &str) -> String {
    GOOD.replace("Requests/sec", &format!("{line}\nRequests/sec"))
}
