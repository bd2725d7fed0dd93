//! A new generation of plugins replaces the old one while the server runs.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::Duration,
};

use integration_tests::{Host, HostBuilder, Listener, PluginFolder, Response, get, post};
use rustix::process::Signal;
use serde_json::Value;

use crate::expect::is_denied;

mod administration;
mod failed;
mod folder;
mod metrics;
mod requests;
pub(crate) mod settings;
mod token_plugin;
mod under_load;
mod upstreams;
mod watch;

const TOKEN_PLUGIN: &str = "libtoken_plugin.so";
/// The interval of two requests without a key.
const PAUSE: Duration = Duration::from_millis(1);
const ECHO: &str = "libfixture_echo.so";

/// The token plugin, and a plugin with endpoints.
fn host() -> HostBuilder {
    Host::builder().plugins(
        PluginFolder::new()
            .with("token-plugin")
            .with("fixture-echo"),
    )
}

/// Requests a reload with the management key of the key file.
pub(crate) fn post_reload(host: &Host) -> Response {
    let request = post("/plugins/reload").key(&host.keys().management.key);
    host.management(&request)
}

/// Requests a reload of a host without a token plugin.
pub(crate) fn post_reload_openly(host: &Host) -> Response {
    host.management(&post("/plugins/reload"))
}

/// The outcome of each file, in the order of the response.
#[track_caller]
fn outcomes(response: &Response) -> Vec<(String, String)> {
    assert_eq!(response.status, 200, "{response:?}");
    let body = response.json();
    let files = body["files"].as_array().expect("the files");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let of_file = |file: &Value| (file_name(&file["file"]), text(&file["outcome"]));
    files.iter().map(of_file).collect()
}

/// Reloads, and expects these outcomes of these files.
#[track_caller]
pub(crate) fn assert_reload(host: &Host, expected: &[(&str, &str)]) {
    let response = post_reload(host);
    let found = outcomes(&response);
    let found: Vec<_> = found
        .iter()
        .map(|(file, outcome)| (file.as_str(), outcome.as_str()))
        .collect();
    assert_eq!(found, expected, "{}", host.log().text());
}

/// Sends SIGHUP and waits for the line of its outcome.
pub(crate) fn hang_up(host: &Host) -> String {
    let is_outcome = |line: &String| {
        (line.contains("generation ") && line.contains(" serves"))
            || line.contains("the reload failed")
    };
    let before = host
        .log()
        .lines()
        .iter()
        .filter(|line| is_outcome(line))
        .count();
    host.signal(Signal::HUP);
    integration_tests::eventually("the outcome of a reload", || {
        let mut lines = host.log().lines();
        lines.retain(is_outcome);
        (lines.len() > before).then(|| lines.swap_remove(before))
    })
}

fn file_name(file: &Value) -> String {
    let file = file.as_str().expect("a path");
    file.rsplit('/').next().unwrap_or(file).to_owned()
}

/// Runs `work` while a client without a key uses every listener: each of its requests is denied.
#[track_caller]
fn never_open<T>(host: &Host, work: impl FnOnce() -> T) -> T {
    let (is_done, attempts) = (AtomicBool::new(false), AtomicU64::new(0));
    let result = thread::scope(|scope| {
        let end = EndOfScope(&is_done);
        for (listener, path) in [
            (Listener::Inference, "/ping"),
            (Listener::Inference, "/responses"),
            (Listener::Management, "/models"),
            (Listener::Management, "/token?type=management"),
        ] {
            let (is_done, attempts) = (&is_done, &attempts);
            scope.spawn(move || {
                let mut connection = host.connect(listener);
                while !is_done.load(Ordering::Acquire) {
                    let response = connection.exchange(&get(path));
                    assert!(is_denied(&response), "{path} is open: {response:?}");
                    attempts.fetch_add(1, Ordering::AcqRel);
                    // Leaves processor time to the work, which is tested.
                    thread::sleep(PAUSE);
                }
            });
        }
        let result = work();
        drop(end);
        result
    });
    assert!(attempts.into_inner() > 0, "no request was made");
    result
}

/// Ends the threads of a scope, also if its work fails.
pub(crate) struct EndOfScope<'a>(pub(crate) &'a AtomicBool);

impl Drop for EndOfScope<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}
