//! Readers of the log and of the access log that stop reading, and logs that cannot be written: the server goes on,
//! and ends when it is told to.

use std::{
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use integration_tests::{
    Artifacts, Connection, Host, HostBuilder, Listener, Output, PluginFolder, eventually,
    free_address, get, post, write_file,
};
use rustix::process::Signal;

use crate::{
    expect::{opens_inference, opens_management, rotate},
    metrics::sample,
};

/// For an end that waits for nothing; on a loaded machine it takes longer than the second that it has.
const SHORT_END: Duration = Duration::from_secs(10);

fn with_both_logs() -> HostBuilder {
    let plugins = PluginFolder::new()
        .with("token-plugin")
        .with("fixture-echo");
    Host::builder()
        .plugins(plugins)
        .argument("--access-log")
        .argument("--log-level")
        .argument("debug")
}

fn dropped(host: &Host, log: &str) -> f64 {
    sample(
        host,
        &format!("host_demo_log_lines_dropped_total{{log=\"{log}\"}}"),
    )
}

/// Everything that writes lines, on all listeners and all threads.
fn assert_serves(host: &Host) {
    for _ in 0..20 {
        rotate(host, "management");
        rotate(host, "inference");
        let keys = host.keys();
        assert!(opens_management(host, &keys.management.key));
        assert!(opens_inference(host, &keys.inference.key));
        assert_eq!(host.metrics(&get("/ping")).status, 200);
        for listener in Listener::ALL {
            let mut broken = host.connect(listener);
            broken.send(b"no HTTP\r\n\r\n");
            let (_, ended) = broken.receive_to_end();
            assert!(ended.is_ok(), "{ended:?}");
        }
    }
    let key = host.keys().management.key;
    let reload = post("/plugins/reload").key(&key);
    assert_eq!(host.management(&reload).status, 200);
}

fn assert_ends(mut host: Host) {
    let key_file = host.key_file();
    assert!(key_file.exists());
    let start = Instant::now();

    let status = host.stop();

    assert!(status.success(), "{status}");
    assert!(!key_file.exists());
    assert!(start.elapsed() < SHORT_END, "{:?}", start.elapsed());
}

fn assert_serves_and_ends_without_readers(outputs: &[Output]) {
    let host = with_both_logs().start();
    for output in outputs {
        host.stop_reading(*output);
    }

    assert_serves(&host);
    assert_ends(host);
}

#[test]
fn a_log_that_nobody_reads_stops_nothing() {
    assert_serves_and_ends_without_readers(&[Output::Error]);
}

#[test]
fn an_access_log_that_nobody_reads_stops_nothing() {
    assert_serves_and_ends_without_readers(&[Output::Standard]);
}

#[test]
fn two_logs_that_nobody_reads_stop_nothing() {
    assert_serves_and_ends_without_readers(&[Output::Error, Output::Standard]);
}

/// What waits has a limit, beyond which lines are dropped.
#[test]
fn lines_that_nobody_reads_are_dropped_and_counted() {
    let host = with_both_logs().start();
    assert_eq!(dropped(&host, "log"), 0.0);
    assert_eq!(dropped(&host, "access_log"), 0.0);
    host.stop_reading(Output::Error);
    host.stop_reading(Output::Standard);
    let key = host.keys().inference.key;
    let mut connection = host.connect(Listener::Inference);
    // The path goes to the access log and the text of the error to the log: in all, ten times what may wait.
    let path = format!("/responses/{}?error={}", "a".repeat(2000), "b".repeat(4000));
    let request = get(&path).key(&key);

    let is_dropped = (0..100).any(|_| {
        for _ in 0..100 {
            assert_eq!(connection.exchange(&request).status, 500);
        }
        dropped(&host, "log") > 0.0 && dropped(&host, "access_log") > 0.0
    });
    assert!(is_dropped, "lines wait without a limit");

    assert_serves(&host);
    assert_ends(host);
}

/// The lines that wait at the end are written, if somebody reads.
#[test]
fn the_last_line_of_a_log_is_written_before_the_end() {
    let mut host = with_both_logs().start();
    assert!(host.stop().success());

    let lines = host.log().lines();
    let last = lines.iter().rfind(|line| line.contains("host_demo"));
    assert!(
        last.is_some_and(|line| line.ends_with(" - Stopped")),
        "{lines:#?}"
    );
}

/// A host without plugins whose error output is redirected, and the address of its metrics.
struct Redirected {
    child: Child,
    metrics: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Redirected {
    /// Another process may take an address before the host does.
    fn start(redirection: &str) -> Self {
        let mut attempts = (0..10).filter_map(|_| Self::try_start(redirection));
        attempts.next().expect("a host at free addresses")
    }

    fn try_start(redirection: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let metrics = free_address();
        let configuration = format!(
            "inference_address=http://127.0.0.1:0\nmanagement_address=http://127.0.0.1:0\n\
             metrics_address=http://{metrics}\n"
        );
        write_file(
            &folder.path().join("config.properties"),
            configuration.as_bytes(),
        );
        let mut child = Command::new("sh")
            .arg("-c")
            .arg(format!("exec \"$0\" \"$@\" {redirection}"))
            .arg(Artifacts::of_the_tests().host())
            .args(["--ts-config", "config.properties"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("the host can be run");
        let is_serving = eventually("the host serves or has ended", || {
            if child.try_wait().expect("the child").is_some() {
                return Some(false);
            }
            Connection::try_open(metrics).is_ok().then_some(true)
        });
        is_serving.then_some(Self {
            child,
            metrics,
            _folder: folder,
        })
    }

    fn dropped_lines(&self) -> u64 {
        let response = Connection::open(self.metrics).exchange(&get("/metrics"));
        let mut lines = response.text().lines();
        let count = lines
            .find_map(|line| line.strip_prefix("host_demo_log_lines_dropped_total{log=\"log\"} "));
        count.expect("the metric").parse().expect("a number")
    }

    fn stop(mut self) {
        let id = i32::try_from(self.child.id()).ok();
        let pid = id
            .and_then(rustix::process::Pid::from_raw)
            .expect("a process");
        rustix::process::kill_process(pid, Signal::TERM).expect("the process is there");
        let status = eventually("the host ends", || {
            self.child.try_wait().expect("the child")
        });
        assert!(status.success(), "{status}");
    }
}

#[test]
fn a_log_on_a_full_device_is_counted_and_stops_nothing() {
    let host = Redirected::start("2>/dev/full");
    eventually("lines are counted", || {
        (host.dropped_lines() > 0).then_some(())
    });

    host.stop();
}

#[test]
fn a_log_that_is_closed_stops_nothing() {
    let host = Redirected::start("2>&-");
    assert_eq!(host.dropped_lines(), 0);

    host.stop();
}

/// The exit code does not depend on the log.
#[test]
fn a_start_that_fails_ends_with_1_although_its_log_is_full() {
    let ended = Host::builder()
        .property("inference_address", "nonsense")
        .prelude("exec 2>/dev/full")
        .refused();

    assert_eq!(ended.code, Some(1));
}
