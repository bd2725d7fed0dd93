//! What the metrics report about reloads.

use integration_tests::{Host, PluginFolder, build_of, get};

use super::{assert_reload, host, post_reload};

/// The number from which there is a warning.
const LIBRARIES_LEFT: u32 = 64;
const WARNING: &str = "libraries of replaced plugins stay in memory";

#[track_caller]
fn assert_metric(host: &Host, name: &str, value: u32) {
    let metrics = host.metrics(&get("/metrics"));
    let line = format!("\nhost_demo_{name} {value}\n");
    assert!(
        metrics.text().contains(&line),
        "{line} in {}",
        metrics.text()
    );
}

#[test]
fn reloads_generation_and_libraries_left_are_exposed() {
    let host = host().start();
    assert_metric(&host, "plugin_generation", 1);
    assert_metric(&host, "plugin_libraries_left", 0);

    assert_eq!(post_reload(&host).status, 200);
    assert_metric(&host, "plugin_generation", 1);
    assert_metric(&host, "plugin_libraries_left", 0);

    host.plugins().install_build("token-plugin", 1);
    assert_eq!(post_reload(&host).status, 200);
    host.plugins().remove("fixture-echo");
    assert_eq!(post_reload(&host).status, 200);
    assert_metric(&host, "plugin_generation", 3);
    assert_metric(&host, "plugin_libraries_left", 2);
    assert_metric(&host, "plugin_reloads_total{outcome=\"succeeded\"}", 3);

    // One is refused before it is loaded, one after.
    host.plugins().install("libz.so", b"no library");
    assert_eq!(post_reload(&host).status, 409);
    assert_metric(&host, "plugin_libraries_left", 2);
    host.plugins()
        .install("libz.so", &build_of("fixture-undeclared", 0));
    assert_eq!(post_reload(&host).status, 409);
    assert_metric(&host, "plugin_generation", 3);
    assert_metric(&host, "plugin_libraries_left", 3);
    assert_metric(&host, "plugin_reloads_total{outcome=\"failed\"}", 2);
}

/// The warning names the metric.
#[test]
fn many_libraries_left_cause_one_warning() {
    let plugins = PluginFolder::new().with("token-plugin").with("ping");
    let host = Host::builder().plugins(plugins).start();
    let reload = |number: u32| {
        host.plugins().install_build("ping", number % 2);
        assert_reload(
            &host,
            &[
                ("libping.so", "replaced"),
                ("libtoken_plugin.so", "unchanged"),
            ],
        );
        assert_metric(&host, "plugin_libraries_left", number);
    };
    for number in 1..LIBRARIES_LEFT {
        reload(number);
    }
    assert!(host.log().lines_with(WARNING).is_empty());
    for number in LIBRARIES_LEFT..LIBRARIES_LEFT + 3 {
        reload(number);
    }

    let lines = host.log().lines_with(WARNING);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(
        lines[0].contains("[WARN ]") && lines[0].contains("64 libraries"),
        "{lines:?}"
    );
    assert!(
        lines[0].contains("host_demo_plugin_libraries_left"),
        "{lines:?}"
    );
}
