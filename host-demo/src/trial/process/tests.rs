use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::process::CommandExt as _,
};

use super::*;

const LONG: Duration = Duration::from_secs(60);

/// A shell that starts another process, tells its id and ends; and the id.
fn that_starts_another() -> (ChildProcess, String) {
    let mut command = Command::new("sh");
    command
        .args(["-c", "sleep 1000 & echo $!"])
        .stdout(Stdio::piped())
        .process_group(0);
    let mut child = command.spawn().unwrap();
    let mut id = String::new();
    let output = child.stdout.take().unwrap();
    BufReader::new(output).read_line(&mut id).unwrap();
    (ChildProcess::new(child), id.trim().to_owned())
}

/// Whether it runs; one that nobody waited for is still listed.
fn runs(id: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{id}/stat"));
    status.is_ok_and(|text| !text.contains(") Z "))
}

#[track_caller]
fn assert_ends(id: &str) {
    let begin = Instant::now();
    while runs(id) {
        assert!(begin.elapsed() < LONG, "process {id} runs");
        thread::sleep(POLL);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_process_started_ends_with_it() {
    let (mut process, id) = that_starts_another();
    assert!(runs(&id));
    let status = process.wait(LONG).unwrap();
    assert!(status.is_some_and(|status| status.success()));
    assert_ends(&id);
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_process_started_ends_when_nobody_waits_for_it() {
    let (process, id) = that_starts_another();
    while !process.has_ended() {
        thread::sleep(POLL);
    }
    drop(process);
    assert_ends(&id);
}
