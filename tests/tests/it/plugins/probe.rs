//! A new file is loaded and opened in a separate process before the server does so.

use std::fs;

use integration_tests::{Host, HostBuilder, PluginFolder, build_of, get};

use super::refused::c_library;

const FILE: &str = "libx.so";

/// With the fixture, which behaves in this way.
fn misbehaving(way: &str) -> HostBuilder {
    Host::builder()
        .property("fixture_way", way)
        .plugins(PluginFolder::new().with("fixture-misbehaves"))
}

/// What the checks before any code accept, and whose constructor ends the process.
fn that_crashes_the_loader() -> Vec<u8> {
    c_library(
        r#"
        __attribute__((section(".plugin_manifest"), used)) static const char manifest[4096] =
            "MODEL-SERVER-PLUGIN 1\n{\"name\":\"crash\",\"version\":\"1\",\"contract\":\"1.1.0\","
            "\"compiler\":\"cc\",\"endpoints\":[]}";
        int _1as_0lib_1header_0root_bmodule_bloader;
        __attribute__((constructor)) static void crash(void) { *(volatile int *)8 = 1; }
        "#,
    )
}

/// In one line.
#[test]
fn a_library_that_crashes_when_it_is_loaded_aborts_startup() {
    let plugins = PluginFolder::new().with_file(FILE, &that_crashes_the_loader());
    let refusal = Host::builder().plugins(plugins).refused();
    let line = refusal.line();
    assert!(
        line.ends_with(
            "libx.so: a process that loaded it on trial ended with signal 11 (SIGSEGV): the file \
             is damaged or its initialisation fails; copy it again"
        ),
        "{line}"
    );
    assert_eq!(refusal.code, Some(1));
}

#[test]
fn a_plugin_that_ends_the_process_when_it_is_opened_aborts_startup() {
    let line = misbehaving("open_abort").refused().line();
    let expected = "libfixture_misbehaves.so: a process that opened it on trial ended with signal 6 (SIGABRT): ";
    assert!(line.contains(expected), "{line}");
}

/// The reload fails, its copy is deleted, and the next one works.
#[test]
fn a_library_that_crashes_at_a_reload_changes_nothing() {
    let mut host = Host::builder()
        .plugins(PluginFolder::new().with("fixture-echo"))
        .start();
    let copies = copies(&host);
    host.plugins().install(FILE, &that_crashes_the_loader());
    let response = crate::reload::post_reload_openly(&host);
    assert_eq!(response.status, 409, "{response:?}");
    let message = response.json()["message"].as_str().map(str::to_owned);
    let message = message.expect("a message");
    assert!(
        message.contains("ended with signal 11 (SIGSEGV)"),
        "{message}"
    );
    assert!(host.is_running());
    assert_eq!(self::copies(&host), copies);
    let metrics = host.metrics(&get("/metrics"));
    let metrics = metrics.text();
    assert!(
        metrics.contains("host_demo_plugin_probe_refusals_total 1"),
        "{metrics}"
    );

    host.plugins().install(FILE, &build_of("ping", 0));
    let response = crate::reload::post_reload_openly(&host);
    assert_eq!(response.status, 200, "{response:?}");
    assert!(host.stop().success());
}

/// The files in the folder of private copies.
fn copies(host: &Host) -> Vec<std::path::PathBuf> {
    let folders = fs::read_dir(host.temporary_folder()).expect("the folder for temporary files");
    let files = folders.flatten().flat_map(|folder| {
        let files = fs::read_dir(folder.path()).expect("a folder");
        files.flatten().map(|file| file.path())
    });
    let mut files: Vec<_> = files.collect();
    files.sort();
    files
}

/// What a plugin writes when it is opened is written by the server alone.
#[test]
fn the_trial_leaves_no_trace() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let trace = folder.path().join("trace");
    integration_tests::write_file(&trace, b"");
    let host = misbehaving("open_traces")
        .property("fixture_trace", &trace.display().to_string())
        .start();
    assert_eq!(fs::read_to_string(&trace).expect("the file"), "opened\n");
    drop(host);
}

/// Neither its lock nor its key file.
#[test]
fn the_trial_of_the_token_plugin_leaves_the_keys_of_the_running_server_alone() {
    let host = Host::with_token_plugin();
    let keys = host.keys();
    let other = Host::builder()
        .property("token_key_file", &host.key_file().display().to_string())
        .plugins(PluginFolder::new().with("token-plugin"))
        .refused();
    assert!(other.line().contains("key_file.json.lock"), "{other}");
    assert_eq!(host.keys(), keys);
    let ping = get("/ping").key(&keys.inference.key);
    assert_eq!(host.inference(&ping).status, 200);
}

/// As before.
#[test]
fn without_the_probe_a_file_is_loaded_at_once() {
    let plugins = PluginFolder::new().with_file(FILE, &that_crashes_the_loader());
    let ended = Host::builder()
        .property("plugins_probe", "false")
        .plugins(plugins)
        .ended();
    assert_eq!(ended.code, None, "{ended}");
}

/// With a warning, and with the checks of the first one.
#[test]
fn a_deleted_folder_of_copies_is_made_again() {
    let host = Host::builder()
        .plugins(PluginFolder::new().with("fixture-echo"))
        .start();
    for entry in fs::read_dir(host.temporary_folder())
        .expect("a folder")
        .flatten()
    {
        fs::remove_dir_all(entry.path()).expect("a folder of this user");
    }
    for build in 1..3 {
        host.plugins().install_build("fixture-echo", build);
        let response = crate::reload::post_reload_openly(&host);
        assert_eq!(response.status, 200, "{response:?}");
    }
    assert_eq!(host.log().lines_with("deleted, replaced by").len(), 1);
    assert_eq!(copies(&host).len(), 2);
}
