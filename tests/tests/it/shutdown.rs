//! The end of the server, and what happens to the key file.

use std::{
    fs,
    net::TcpListener,
    time::{Duration, Instant},
};

use integration_tests::{
    Connection, Host, HostBuilder, Listener, PluginFolder, eventually, free_address, get,
    repository, write_file,
};
use rustix::process::Signal;

use crate::expect::is_denied;

mod descriptors;
mod hanging;
mod signals;
mod starting;
mod threads;

fn token_plugin() -> HostBuilder {
    Host::builder().plugins(PluginFolder::new().with("token-plugin"))
}

/// A connection with a prediction whose head the host has read and whose body it waits for, and the
/// body.
fn running_request(host: &Host) -> (Connection, Vec<u8>) {
    let path = repository().join("models/digits/samples/3.png");
    let body = fs::read(path).expect("a sample");
    let mut connection = host.connect(Listener::Inference);
    let head = format!(
        "PUT /predictions/digits HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\
         Authorization: Bearer {}\r\nContent-Length: {}\r\n\r\n",
        host.keys().inference.key,
        body.len()
    );
    connection.send(head.as_bytes());
    assert_eq!(connection.receive().status, 100);
    (connection, body)
}

/// Until the plugin `fixture-hangs` does.
fn wait_until_it_hangs(host: &Host) {
    let hanging = host.folder().join("hanging");
    eventually("the plugin hangs", || hanging.exists().then_some(()));
}

fn wait_until_no_connection_is_accepted(host: &Host) {
    for listener in Listener::ALL {
        eventually("the listener is closed", || {
            Connection::try_open(host.address(listener))
                .is_err()
                .then_some(())
        });
    }
}

fn assert_deletes_and_ends_with_0(signal: Signal) {
    let mut host = Host::with_token_plugin();
    let key_file = host.key_file();
    let _keys = host.keys();
    let temporary_files = |host: &Host| {
        let folder = fs::read_dir(host.temporary_folder());
        folder.expect("the folder for temporary files").count()
    };
    assert_ne!(temporary_files(&host), 0, "the copies of the plugins");

    host.signal(signal);
    let status = host.wait();

    assert!(status.success(), "{status}\n{}", host.log().text());
    assert!(!key_file.exists());
    let left: Vec<_> = fs::read_dir(host.folder())
        .expect("the folder")
        .flatten()
        .collect();
    assert_eq!(left.len(), 1, "config.properties alone is left: {left:?}");
    assert_eq!(temporary_files(&host), 0);
}

/// No file is left.
#[test]
fn sigterm_deletes_the_key_file_and_ends_with_0() {
    assert_deletes_and_ends_with_0(Signal::TERM);
}

#[test]
fn sigint_deletes_the_key_file_and_ends_with_0() {
    assert_deletes_and_ends_with_0(Signal::INT);
}

/// The address is in use.
#[test]
fn a_start_that_fails_at_an_address_leaves_no_key_file() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    for key in ["inference_address", "management_address", "metrics_address"] {
        let refusal = token_plugin()
            .property(key, &format!("http://{address}"))
            .refused();

        let line = refusal.line();
        assert!(line.contains(&address), "{refusal}");
        assert!(
            line.ends_with(&format!("set another one with {key}")),
            "{refusal}"
        );
        let holder = format!("by process {} (", std::process::id());
        assert!(
            line.contains(&holder) || cfg!(not(target_os = "linux")),
            "{refusal}"
        );
        assert!(!refusal.log.text().contains("keys written"), "{refusal}");
        assert!(!refusal.folder().join("key_file.json").exists(), "{key}");
    }
}

#[test]
fn a_start_that_fails_at_a_model_or_a_library_leaves_no_key_file() {
    let at_a_model = token_plugin().models("digits=nothing.onnx").refused();
    let plugins = PluginFolder::new()
        .with("token-plugin")
        .with_file("libzz.so", b"no library");
    let at_a_library = Host::builder().plugins(plugins).refused();

    for refusal in [at_a_model, at_a_library] {
        assert!(
            !refusal.folder().join("key_file.json").exists(),
            "{refusal}"
        );
    }
}

/// One of its own addresses includes another one, which shows when the second one listens.
#[test]
fn a_start_that_fails_after_the_keys_are_written_deletes_the_key_file() {
    let port = free_address().port();
    let refusal = token_plugin()
        .property("inference_address", &format!("http://127.0.0.1:{port}"))
        .property("management_address", &format!("http://0.0.0.0:{port}"))
        .refused();

    let written = refusal.log.lines_with("keys written to");
    assert_eq!(written.len(), 1, "{refusal}");
    assert!(
        !refusal.folder().join("key_file.json").exists(),
        "{refusal}"
    );
    assert!(refusal.line().contains("management_address"), "{refusal}");
}

#[test]
fn a_file_that_replaced_ours_is_not_deleted() {
    let mut host = Host::with_token_plugin();
    let _keys = host.keys();
    let theirs = host.folder().join("theirs");
    write_file(&theirs, b"theirs");
    fs::rename(&theirs, host.key_file()).expect("a rename");

    assert!(host.stop().success());

    let content = fs::read_to_string(host.key_file()).expect("their file");
    assert_eq!(content, "theirs");
}

#[test]
fn a_missing_key_file_changes_nothing() {
    let mut host = Host::with_token_plugin();
    fs::remove_file(host.key_file()).expect("the key file");

    assert!(host.stop().success());
}

#[test]
fn a_running_request_is_completed_and_no_connection_is_accepted() {
    let mut host = token_plugin().models("digits=digits.onnx").start();
    let (mut connection, body) = running_request(&host);

    host.signal(Signal::TERM);
    wait_until_no_connection_is_accepted(&host);
    assert!(host.is_running());
    connection.send(&body);

    let response = connection.receive();
    assert_eq!(response.status, 200, "{response:?}");
    assert!(response.json()["3"].is_number());
    assert!(host.wait().success());
    assert!(!host.key_file().exists());
}

/// A request that does not end is cut off.
#[test]
fn shutdown_timeout_sec_bounds_the_wait() {
    let mut host = token_plugin()
        .models("digits=digits.onnx")
        .property("shutdown_timeout_sec", "1")
        .start();
    let (_connection, _body) = running_request(&host);

    let start = Instant::now();
    let status = host.stop();

    assert!(status.success(), "{status}\n{}", host.log().text());
    assert!(
        start.elapsed() >= Duration::from_millis(900),
        "{:?}",
        start.elapsed()
    );
    assert!(!host.key_file().exists());
}

#[test]
fn a_silent_connection_does_not_delay_the_end() {
    let mut host = token_plugin()
        .property("shutdown_timeout_sec", "60")
        .start();
    let mut silent = host.connect(Listener::Management);
    // The next connection is accepted after the silent one.
    assert!(is_denied(&host.management(&get("/models"))));

    assert!(host.stop().success());
    assert!(silent.ends());
}

/// It waits for its next request.
#[test]
fn an_idle_connection_does_not_delay_the_end() {
    let mut host = token_plugin()
        .property("shutdown_timeout_sec", "60")
        .start();
    let mut idle = host.connect(Listener::Inference);
    let request = get("/ping").key(&host.keys().inference.key);
    assert_eq!(idle.exchange(&request).status, 200);

    assert!(host.stop().success());
    assert!(idle.ends());
}

#[test]
fn a_second_signal_ends_it_at_once_and_deletes_the_key_file() {
    let mut host = token_plugin()
        .models("digits=digits.onnx")
        .property("shutdown_timeout_sec", "600")
        .start();
    let (_connection, _body) = running_request(&host);
    host.signal(Signal::TERM);
    wait_until_no_connection_is_accepted(&host);
    assert!(host.is_running());

    host.signal(Signal::INT);
    host.wait();

    assert!(!host.key_file().exists(), "{}", host.log().text());
}

/// The old ones are invalid.
#[test]
fn a_restart_makes_new_keys() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("key_file.json").display().to_string();
    let start = || token_plugin().property("token_key_file", &path).start();
    let mut first = start();
    let old = integration_tests::Keys::read(path.as_ref());
    assert!(first.stop().success());

    let second = start();

    let new = integration_tests::Keys::read(path.as_ref());
    assert_ne!(old.api, new.api);
    assert!(!crate::expect::opens_management(
        &second,
        &old.management.key
    ));
    assert!(crate::expect::opens_management(
        &second,
        &new.management.key
    ));
}
