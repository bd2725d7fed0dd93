//! A plugin that does not return when it is opened holds a thread and nothing else.

use integration_tests::{
    Host, HostBuilder, Listener, PluginFolder, build_of, eventually, get, write_file,
};
use rustix::process::Signal;

use crate::{
    expect::{opens_inference, rotate},
    reload::{assert_reload, post_reload, post_reload_openly},
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

fn wait_until_it_hangs(host: &Host) {
    let hanging = host.folder().join("hanging");
    eventually("the plugin hangs", || hanging.exists().then_some(()));
}

fn release(host: &Host) {
    write_file(&host.folder().join("released"), b"");
}

/// It needs no key here, since every request is allowed.
#[test]
fn a_token_call_that_does_not_return_fails_the_reload_and_changes_nothing() {
    let host = Host::builder()
        .property("fixture_way", "rotate_hang")
        .property("plugin_open_timeout_sec", "1")
        .property("plugins_probe", "false")
        .plugins(PluginFolder::new().with("fixture-misbehaves"))
        .start();
    let mut connection = host.connect(Listener::Management);
    connection.send(&get("/token?type=inference").to_bytes());
    wait_until_it_hangs(&host);
    host.plugins().install_build("fixture-misbehaves", 1);

    let response = post_reload_openly(&host);

    assert_eq!(response.status, 409, "{response:?}");
    let text = response.text();
    let expected = "a call of /token did not return within 1 s (plugin_open_timeout_sec)";
    assert!(text.contains(expected), "{text}");
    let plugins = host.management(&get("/plugins")).json();
    assert_eq!(plugins["generation"], 1, "{plugins}");
    let metrics = host.metrics(&get("/metrics"));
    let metrics = metrics.text();
    let counted = "host_demo_limit_refusals_total{limit=\"plugin_open_timeout_sec\"} 1";
    assert!(metrics.contains(counted), "{metrics}");

    release(&host);
    assert_eq!(connection.receive().status, 200);
    assert_eq!(post_reload_openly(&host).json()["generation"], 2);
}

/// Before and behind the token plugin, in the order of the files.
#[test]
fn keys_can_be_replaced_while_another_plugin_is_opened() {
    for file in ["libaa_hangs.so", "libzz_hangs.so"] {
        let host = Host::builder()
            .property("fixture_hang", "open")
            .property("plugin_open_timeout_sec", "600")
            .property("plugins_probe", "false")
            .plugins(PluginFolder::new().with("token-plugin"))
            .start();
        let before = host.keys();
        host.plugins().install_build("token-plugin", 1);
        host.plugins().install(file, &build_of("fixture-hangs", 0));
        host.signal(Signal::HUP);
        wait_until_it_hangs(&host);

        rotate(&host, "inference");

        let after = host.keys();
        assert_ne!(after.inference.key, before.inference.key);
        release(&host);
        let _ = host.log().wait_for_lines_with("generation 2 serves", 1);
        assert!(opens_inference(&host, &after.inference.key), "{file}");
        assert!(!opens_inference(&host, &before.inference.key), "{file}");
    }
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
