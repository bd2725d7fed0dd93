//! A signal ends a start, too, and no key file is left.

use integration_tests::{Host, HostBuilder, PluginFolder, Starting, eventually, write_file};
use rustix::process::Signal;

fn hanging_start() -> HostBuilder {
    let plugins = PluginFolder::new()
        .with("token-plugin")
        .with("fixture-hangs");
    Host::builder()
        .plugins(plugins)
        .property("fixture_hang", "open")
        // Otherwise it would be found in a process of its own, or end in time.
        .property("plugins_probe", "false")
        .property("plugin_open_timeout_sec", "600")
}

const INTERRUPTED: &str = "SIGTERM received during the start";

#[test]
fn a_plugin_that_hangs_while_it_is_opened_does_not_keep_it() {
    let mut host = hanging_start().starting();
    wait_until_a_plugin_is_opened(&host);

    host.signal(Signal::TERM);
    let status = host.wait();

    assert_eq!(status.code(), Some(1), "{host}");
    assert!(!host.folder().join("key_file.json").exists());
}

/// Nothing is left to do for it.
#[test]
fn a_start_that_reaches_its_next_step_ends_there_in_order() {
    let mut host = hanging_start().starting();
    wait_until_a_plugin_is_opened(&host);

    host.signal(Signal::TERM);
    host.wait_for_line(INTERRUPTED);
    write_file(&host.folder().join("released"), b"");
    let status = host.wait();

    assert_eq!(status.code(), Some(0), "{host}");
    assert!(!host.log().text().contains("keys written"), "{host}");
    assert!(!host.folder().join("key_file.json").exists());
}

fn wait_until_a_plugin_is_opened(host: &Starting) {
    let hanging = host.folder().join("hanging");
    eventually("a plugin hangs", || hanging.exists().then_some(()));
}
