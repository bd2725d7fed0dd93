//! Signals besides SIGTERM and SIGINT that would end a process and leave the key file.

use std::fs;

use integration_tests::{Host, get};
use rustix::process::{Resource, Rlimit, Signal, prlimit};

use crate::expect::{opens_management, rotate};

#[test]
fn sigquit_deletes_the_key_file_and_ends_with_0() {
    super::assert_deletes_and_ends_with_0(Signal::QUIT);
}

/// The soft limit of processor time sends it; the hard one kills.
#[test]
fn sigxcpu_deletes_the_key_file_and_ends_with_0() {
    super::assert_deletes_and_ends_with_0(Signal::XCPU);
}

/// A habit of log rotation, for example.
#[test]
fn signals_without_a_meaning_do_nothing_and_are_logged() {
    let mut host = Host::with_token_plugin();
    let names = [
        (Signal::USR1, "SIGUSR1"),
        (Signal::USR2, "SIGUSR2"),
        (Signal::ALARM, "SIGALRM"),
    ];
    for (signal, name) in names {
        host.signal(signal);
        let lines = host.log().wait_for_lines_with(name, 1);
        assert!(lines[0].contains("[INFO ]"), "{lines:?}");
    }
    host.signal(Signal::PIPE);

    rotate(&host, "management");
    assert!(opens_management(&host, &host.keys().management.key));
    assert!(host.is_running());
}

#[test]
fn a_rotation_beyond_the_limit_of_a_files_size_is_500_and_changes_nothing() {
    let mut host = Host::with_token_plugin();
    let keys = host.keys();
    let file = fs::read(host.key_file()).expect("the key file");
    let limit = Rlimit {
        current: Some(16),
        maximum: Some(16),
    };
    prlimit(Some(host.pid()), Resource::Fsize, limit).expect("a limit can be set");

    let response = host.management(&get("/token?type=management").key(&keys.api));

    assert_eq!(response.status, 500, "{response:?}");
    assert_eq!(fs::read(host.key_file()).expect("the key file"), file);
    assert!(opens_management(&host, &keys.management.key));
    assert!(host.stop().success());
    assert!(!host.key_file().exists());
}
