use super::read_report;

const GOOD: &str = "\
Running 1s test @ http://127.0.0.1:8081/models
  2 threads and 64 connections
  142077 requests in 1.00s, 25.61MB read
Requests/sec: 141913.06
Transfer/sec:     25.58MB
";

#[test]
fn the_rate_is_read() {
    assert_eq!(read_report(GOOD), Ok(141_913.06));
}

#[test]
fn a_report_with_refusals_or_errors_is_no_measurement() {
    for problem in [
        "  Non-2xx or 3xx responses: 5",
        "  Socket errors: connect 0, read 3, write 0, timeout 0",
    ] {
        let report = GOOD.replace("Requests/sec", &format!("{problem}\nRequests/sec"));
        assert_eq!(read_report(&report), Err(problem.trim().to_owned()));
    }
    assert!(read_report("unable to connect").is_err());
}
