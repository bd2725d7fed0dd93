//! A plugin that does not return when it is opened holds a thread and nothing else.

use integration_tests::{Host, HostBuilder, PluginFolder, get};

use crate::{
    expect::{opens_inference, rotate},
    reload::{assert_reload, post_reload},
};

fn host() -> HostBuilder {
    Host::builder()
        .property("fixture_way", "open_hang")
        .property("plugin_open_timeout_sec", "1")
        .plugins(PluginFolder::new().with("token-plugin"))
}

/// A reload fails, keys can be replaced during and after it, and the next reload works.
#[track_caller]
fn assert_fails_and_goes_on(host: &mut Host, expected: &str, threads_left: u64) {
    let token_plugin = std::fs::read(host.plugins().library("token-plugin")).expect("the file");
    host.plugins().remove("token-plugin");
    host.plugins().install_build("fixture-misbehaves", 0);
    let response = post_reload(host);
    assert_eq!(response.status, 409, "{response:?}");
    let text = response.text();
    assert!(text.contains(expected), "{text}");
    let metrics = host.metrics(&get("/metrics"));
    let metrics = metrics.text();
    for line in [
        "host_demo_limit_refusals_total{limit=\"plugin_open_timeout_sec\"} 1".to_owned(),
        format!("host_demo_plugin_open_threads_left {threads_left}"),
    ] {
        assert!(metrics.contains(&line), "{metrics}");
    }
    let before = host.keys();
    rotate(host, "inference");
    let after = host.keys();
    assert!(!opens_inference(host, &before.inference.key));
    assert!(opens_inference(host, &after.inference.key));

    host.plugins().remove("fixture-misbehaves");
    host.plugins().install("libtoken_plugin.so", &token_plugin);
    assert_reload(host, &[("libtoken_plugin.so", "unchanged")]);
    host.plugins().install_build("token-plugin", 1);
    assert_reload(host, &[("libtoken_plugin.so", "took over")]);
    assert!(opens_inference(host, &after.inference.key));
    assert!(host.stop().success());
}

#[test]
fn the_trial_finds_it_first() {
    let mut host = host().start();
    let expected =
        "a process that opened it on trial was not done within 1 s (plugin_open_timeout_sec)";
    assert_fails_and_goes_on(&mut host, expected, 0);
}

#[test]
fn without_the_trial_the_thread_is_given_up() {
    let mut host = host().property("plugins_probe", "false").start();
    let expected = "its opening function did not return within 1 s (plugin_open_timeout_sec)";
    assert_fails_and_goes_on(&mut host, expected, 1);
}

#[test]
fn at_startup_it_is_one_line() {
    for probe in ["true", "false"] {
        let refusal = Host::builder()
            .property("fixture_way", "open_hang")
            .property("plugin_open_timeout_sec", "1")
            .property("plugins_probe", probe)
            .plugins(PluginFolder::new().with("fixture-misbehaves"))
            .refused();
        let line = refusal.line();
        assert!(
            line.contains("within 1 s (plugin_open_timeout_sec)"),
            "{line}"
        );
    }
}
