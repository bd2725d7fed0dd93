//! Something hangs, and the server ends all the same, within `shutdown_timeout_sec` and some seconds for
//! cleaning up. Its exit code says whether it left something behind.

use std::{
    process::ExitStatus,
    time::{Duration, Instant},
};

use integration_tests::{Host, HostBuilder, Listener, PluginFolder, build_of, get};
use rustix::process::Signal;

/// Far below the time limit of a service manager, and above what a loaded machine takes.
const END_MAX: Duration = Duration::from_secs(25);

fn hanging(way: &str) -> HostBuilder {
    let plugins = PluginFolder::new().with("token-plugin");
    Host::builder()
        .plugins(plugins)
        .property("fixture_hang", way)
        // Otherwise it would be found in a process of its own, or end in time.
        .property("plugins_probe", "false")
        .property("plugin_open_timeout_sec", "600")
        .property("shutdown_timeout_sec", "1")
}

/// Sends SIGTERM and waits.
#[track_caller]
fn end(host: &mut Host) -> ExitStatus {
    let start = Instant::now();
    let status = host.stop();
    assert!(start.elapsed() < END_MAX, "{}", host.log().text());
    status
}

/// Starts a reload that hangs while it opens a plugin.
fn reload_for_ever(host: &Host) {
    host.plugins()
        .install("libfixture_hangs.so", &build_of("fixture-hangs", 0));
    host.signal(Signal::HUP);
    super::wait_until_it_hangs(host);
}

#[test]
fn a_plugin_that_hangs_while_it_is_opened_at_a_reload() {
    let mut host = hanging("open").start();
    let key_file = host.key_file();
    let _keys = host.keys();
    reload_for_ever(&host);

    let status = end(&mut host);

    assert_eq!(status.code(), Some(1), "{}", host.log().text());
    assert!(!key_file.exists());
    assert!(
        host.log().text().contains("a reload does not end"),
        "{}",
        host.log().text()
    );
}

/// Meanwhile another token plugin took the place of the first one, whose key file must not stay.
#[test]
fn a_plugin_that_hangs_while_it_is_replaced() {
    let plugins = PluginFolder::new()
        .with("token-plugin")
        .with("fixture-hangs");
    let mut host = hanging("retire")
        .plugins(plugins)
        .property("fixture_credentials", "token")
        .start();
    let key_file = host.key_file();
    let _keys = host.keys();
    let folder = host.plugins();
    folder.remove("token-plugin");
    folder.install_build("fixture-keyless", 0);
    folder.install_build("fixture-hangs", 1);
    host.signal(Signal::HUP);
    super::wait_until_it_hangs(&host);

    let status = end(&mut host);

    assert_eq!(status.code(), Some(1), "{}", host.log().text());
    assert!(!key_file.exists(), "{}", host.log().text());
}

/// It is asked before the token plugin.
#[test]
fn a_plugin_that_hangs_at_its_shutdown() {
    let plugins = PluginFolder::new()
        .with("token-plugin")
        .with_file("libzz_hangs.so", &build_of("fixture-hangs", 0));
    let mut host = hanging("shutdown").plugins(plugins).start();
    let key_file = host.key_file();
    let _keys = host.keys();

    let status = end(&mut host);

    assert_eq!(status.code(), Some(1), "{}", host.log().text());
    assert!(!key_file.exists(), "{}", host.log().text());
}

/// It is cut off, as every request is.
#[test]
fn an_endpoint_that_hangs() {
    let plugins = PluginFolder::new()
        .with("token-plugin")
        .with("fixture-hangs");
    let mut host = hanging("none").plugins(plugins).start();
    let key_file = host.key_file();
    let mut connection = host.connect(Listener::Inference);
    let request = get("/hangs").key(&host.keys().inference.key);
    connection.send(&request.to_bytes());
    super::wait_until_it_hangs(&host);

    let status = end(&mut host);

    assert_eq!(status.code(), Some(0), "{}", host.log().text());
    assert!(!key_file.exists());
}

/// The replaced plugin ends after the token plugin, which has deleted the key file by then.
#[test]
fn a_second_signal_while_a_replaced_plugin_serves_warns_of_no_key_file() {
    let plugins = PluginFolder::new()
        .with("token-plugin")
        .with("fixture-hangs");
    let mut host = hanging("none")
        .property("shutdown_timeout_sec", "600")
        .plugins(plugins)
        .start();
    let key_file = host.key_file();
    let mut connection = host.connect(Listener::Inference);
    let request = get("/hangs").key(&host.keys().inference.key);
    connection.send(&request.to_bytes());
    super::wait_until_it_hangs(&host);
    host.plugins().remove("fixture-hangs");
    host.signal(Signal::HUP);
    let _ = host.log().wait_for_lines_with("generation 2 serves", 1);
    host.signal(Signal::TERM);
    super::wait_until_no_connection_is_accepted(&host);

    host.signal(Signal::INT);
    let status = host.wait();

    assert_eq!(status.code(), Some(130), "{}", host.log().text());
    assert!(!key_file.exists());
    let warnings = host.log().lines_with("is gone after the replaced plugin");
    assert!(warnings.is_empty(), "{warnings:?}");
}

/// Two at once: the second one waits for the first.
#[test]
fn a_second_signal_does_not_wait_for_a_reload_that_hangs() {
    let mut host = hanging("open")
        .property("shutdown_timeout_sec", "600")
        .start();
    let key_file = host.key_file();
    let _keys = host.keys();
    reload_for_ever(&host);
    host.signal(Signal::TERM);
    super::wait_until_no_connection_is_accepted(&host);

    host.signal(Signal::INT);
    let status = host.wait();

    assert_eq!(status.code(), Some(130), "{}", host.log().text());
    assert!(!key_file.exists());
}
