//! The system starts no more threads. What the end and a rotation need is there from the start.

use std::{os::unix::process::CommandExt as _, process::Command};

use integration_tests::{
    Host, HostBuilder, PluginFolder, UNPRIVILEGED_USER, get, post, upstream::HttpUpstream,
};
use rustix::process::{Signal, geteuid};

use crate::expect::{opens_management, rotate};

/// A host that can start no more threads. It is another user's where root runs the tests, whom the limit
/// does not hold.
fn exhausted() -> Host {
    exhausted_with(Host::builder())
}

fn exhausted_with(builder: HostBuilder) -> Host {
    let plugins = PluginFolder::new()
        .with("token-plugin")
        .with("fixture-echo")
        .with("fixture-hangs");
    let host = builder.plugins(plugins).unprivileged().start();
    // Root may not be allowed to change the limits of another user's process; that user is.
    let mut prlimit = Command::new("prlimit");
    prlimit.args([
        "--pid",
        &host.pid().as_raw_nonzero().to_string(),
        "--nproc=1:1",
    ]);
    if geteuid().is_root() {
        prlimit.uid(UNPRIVILEGED_USER).gid(UNPRIVILEGED_USER);
    }
    assert!(prlimit.status().expect("prlimit runs").success());
    host
}

#[test]
fn sigterm_deletes_the_key_file_and_ends_with_0() {
    let mut host = exhausted();
    let _keys = host.keys();

    let status = host.stop();

    assert_eq!(status.code(), Some(0), "{}", host.log().text());
    assert!(!host.key_file().exists());
}

#[test]
fn keys_are_replaced() {
    let host = exhausted();

    for _ in 0..20 {
        rotate(&host, "management");
        rotate(&host, "inference");
    }

    assert!(opens_management(&host, &host.keys().management.key));
}

/// A plugin that blocks takes the thread of the other requests.
#[test]
fn what_gets_no_thread_is_503_and_keys_are_replaced_all_the_same() {
    let host = exhausted();
    let key = host.keys().inference.key;
    let mut blocked = host.connect(integration_tests::Listener::Inference);
    blocked.send(&get("/hangs").key(&key).to_bytes());
    super::wait_until_it_hangs(&host);

    let refused = host.inference(&get("/responses").key(&key));

    assert_eq!(refused.status, 503, "{refused:?}");
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    rotate(&host, "management");
    let response = host.metrics(&get("/metrics"));
    let metrics = response.text();
    let counter = "host_demo_limit_refusals_total{limit=\"threads\"}";
    let line = metrics.lines().find(|line| line.starts_with(counter));
    assert_ne!(line, Some(format!("{counter} 0").as_str()), "{metrics}");
    assert!(line.is_some(), "{metrics}");
}

#[test]
fn sighup_and_a_requested_reload_do_not_end_it() {
    let mut host = exhausted();
    host.plugins().remove("fixture-echo");

    host.signal(Signal::HUP);
    let serving = host.log().wait_for_lines_with("generation 2 serves", 1);
    assert_eq!(serving.len(), 1, "{serving:?}");
    let key = host.keys().management.key;
    let response = host.management(&post("/plugins/reload").key(&key));

    assert_eq!(response.status, 200, "{response:?}");
    assert!(host.is_running());
}

/// Names are resolved where it may block.
#[test]
fn an_upstream_is_reached_by_its_name() {
    let upstream = HttpUpstream::start();
    let url = upstream.url().replace("127.0.0.1", "localhost");
    assert!(url.contains("localhost"), "{url}");
    let host = exhausted_with(Host::builder().upstream_inference(&url));

    let response = host.inference(&get("/anything").key(&host.keys().inference.key));

    assert_eq!(upstream.requests().len(), 1, "{response:?}");
}
