//! The processes in which files are loaded on trial: how many there are, and when they end.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::Path,
    process::{self, Command, Stdio},
    thread::{self, ScopedJoinHandle},
    time::Duration,
};

use integration_tests::{Artifacts, Host, PluginFolder, eventually, write_file};
use rustix::process::Signal;

use super::refused::c_library;
use crate::reload::post_reload_openly;

/// As many as the server has at once.
const PROCESSES_MAX: usize = 4;
/// The longest that a trial may take: whatever ends it in these tests, it is not its time limit.
const HOUR: &str = "3600";
/// Between two counts of the processes.
const INTERVAL: Duration = Duration::from_millis(5);

/// A file that the checks before any code accept, and whose constructor never returns.
fn that_never_loads(name: &str) -> Vec<u8> {
    let manifest = format!(
        r#""MODEL-SERVER-PLUGIN 1\n{{\"name\":\"{name}\",\"version\":\"1\",\"contract\":\"1.1.0\",\"compiler\":\"cc\",\"endpoints\":[]}}""#
    );
    c_library(&format!(
        r#"
        #include <unistd.h>
        __attribute__((section(".plugin_manifest"), used))
            static const char manifest[4096] = {manifest};
        int _1as_0lib_1header_0root_bmodule_bloader;
        __attribute__((constructor)) static void wait(void) {{ for (;;) pause(); }}
        "#
    ))
}

/// A server that serves.
fn host(open_timeout_sec: &str) -> Host {
    Host::builder()
        .property("plugin_open_timeout_sec", open_timeout_sec)
        .property("shutdown_timeout_sec", "1")
        .plugins(PluginFolder::new().with("fixture-echo"))
        .start()
}

/// How many processes of trials are about a file, or a private copy, below this folder.
fn trials(folder: &Path) -> usize {
    processes("probe", folder)
}

/// How many processes of this subcommand of `plugin` are about a file below this folder.
fn processes(subcommand: &str, folder: &Path) -> usize {
    let subcommand = format!("\0plugin\0{subcommand}\0");
    let processes = fs::read_dir("/proc").expect("the processes").flatten();
    // That of a process that has ended is empty.
    let command_lines = processes.filter_map(|one| fs::read(one.path().join("cmdline")).ok());
    let folder = folder.to_str().expect("UTF-8");
    let of_this_server = |line: &Vec<u8>| {
        let line = String::from_utf8_lossy(line);
        line.contains(&subcommand) && line.contains(folder)
    };
    command_lines.filter(of_this_server).count()
}

fn wait_for_a_trial(folder: &Path) {
    eventually("a trial", || (trials(folder) > 0).then_some(()));
}

fn wait_for_no_trial(folder: &Path) {
    eventually("the end of the trial", || {
        (trials(folder) == 0).then_some(())
    });
}

#[test]
fn a_trial_ends_with_a_server_that_is_killed() {
    let mut host = host(HOUR);
    let copies = host.temporary_folder().to_owned();
    host.plugins().install("libx.so", &that_never_loads("x"));
    host.signal(Signal::HUP);
    wait_for_a_trial(&copies);
    host.signal(Signal::KILL);
    host.wait();
    wait_for_no_trial(&copies);
}

#[test]
fn the_process_of_a_check_ends_with_a_tool_that_is_killed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("libx.so");
    write_file(&file, &that_never_loads("x"));
    let mut tool = Command::new(Artifacts::of_the_tests().host())
        .args(["plugin", "check"])
        .arg(&file)
        .stdout(Stdio::null())
        .spawn()
        .expect("the host starts");
    let checks = || processes("run-checks", folder.path());
    eventually("the process", || (checks() > 0).then_some(()));

    // SIGKILL.
    tool.kill().expect("it runs");
    tool.wait().expect("it ends");

    eventually("the end of the process", || (checks() == 0).then_some(()));
}

/// Within the time that a reload has for it, and without its copy.
#[test]
fn a_trial_ends_with_a_server_that_ends() {
    let mut host = host(HOUR);
    let copies = host.temporary_folder().to_owned();
    host.plugins().install("libx.so", &that_never_loads("x"));
    host.signal(Signal::HUP);
    wait_for_a_trial(&copies);
    assert_eq!(host.stop().code(), Some(1));
    wait_for_no_trial(&copies);
    let left = fs::read_dir(&copies).expect("the folder").count();
    assert_eq!(left, 0);
}

#[test]
fn a_trial_ends_with_a_start_that_is_ended() {
    let plugins = PluginFolder::new().with_file("libx.so", &that_never_loads("x"));
    let folder = plugins.path().to_owned();
    let mut starting = Host::builder()
        .property("plugin_open_timeout_sec", HOUR)
        .property("shutdown_timeout_sec", "1")
        .plugins(plugins)
        .starting();
    wait_for_a_trial(&folder);
    starting.signal(Signal::TERM);
    starting.wait();
    wait_for_no_trial(&folder);
}

/// What the process of a trial reports first, if the server that ordered it has this process id.
fn first_report(server_id: u32) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let library = Artifacts::of_the_tests().library("fixture-echo");
    let (ours, theirs) = UnixStream::pair().expect("a socket");
    let mut trial = Command::new(Artifacts::of_the_tests().host())
        .args(["plugin", "probe"])
        .args([library, library])
        .current_dir(folder.path())
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .spawn()
        .expect("the host starts");
    let order = format!(
        r#"{{"server_id":{server_id},"settings":[],"key_minutes":60.0,"time_limit":{{"secs":30,"nanos":0}}}}"#
    );
    writeln!(&ours, "{order}").expect("the trial reads");
    let mut report = String::new();
    BufReader::new(&ours)
        .read_line(&mut report)
        .expect("text or the end");
    trial.wait().expect("it ends");
    report
}

/// The kernel ends it only with a server that lives when it begins.
#[test]
fn a_trial_does_not_begin_once_its_server_has_ended() {
    assert_eq!(first_report(process::id()), "\"loaded\"\n");
    let init = 1;
    assert_eq!(first_report(init), "");
}

/// By SIGHUP and by three clients: reloads run one after another, and each tries four files at once.
#[test]
fn many_reloads_of_many_files_start_few_trials_at_once() {
    let mut host = host("2");
    for name in ["a", "b", "c", "d", "e", "f"] {
        let file = format!("lib{name}.so");
        host.plugins().install(&file, &that_never_loads(name));
    }
    let copies = host.temporary_folder().to_owned();
    host.signal(Signal::HUP);
    let most = thread::scope(|scope| {
        let callers: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| post_reload_openly(&host).status))
            .collect();
        let mut most = 0;
        while !callers.iter().all(ScopedJoinHandle::is_finished) {
            most = most.max(trials(&copies));
            thread::sleep(INTERVAL);
        }
        for caller in callers {
            assert_eq!(caller.join().expect("it does not panic"), 409);
        }
        most
    });
    assert!((1..=PROCESSES_MAX).contains(&most), "{most}");
    assert!(host.is_running());
}
