//! The demo as a black box: it runs, the commands that it prints work in a shell, and it removes
//! everything at the end.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "helpers of tests, and a test says what it skips"
)]

use std::{
    fs::{self, File, Permissions},
    io::{BufRead as _, BufReader, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, ExitStatus, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// How long to wait before a test fails: long, because a loaded machine is not an error.
const DEADLINE: Duration = Duration::from_secs(30);
const INTERVAL: Duration = Duration::from_millis(5);
const LAST_LINE: &str = "Ctrl-C stops the server and deletes the keys.";

struct Demo {
    child: Child,
    printed: String,
    folder: TempDir,
}

impl Demo {
    /// Starts it in a sub-folder of the repository, on free ports, with its own key file and
    /// plugins folder; returns when everything is printed.
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let plugins = folder.path().join("plugins");
        fs::create_dir(&plugins).unwrap();
        // As a checkout under umask 002 has it.
        fs::set_permissions(&plugins, Permissions::from_mode(0o775)).unwrap();
        let properties = folder.path().join("config.properties");
        let text = format!(
            "inference_address=http://127.0.0.1:0\nmanagement_address=http://127.0.0.1:0\n\
             metrics_address=http://127.0.0.1:0\ntoken_key_file={}\n",
            folder.path().join("k.json").display()
        );
        let mut file = File::create(&properties).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let mut child = demo(&plugins, &properties)
            .stdout(Stdio::piped())
            .stderr(File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut printed = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            printed += &line;
            printed.push('\n');
            if line == LAST_LINE {
                break;
            }
        }
        Self {
            child,
            printed,
            folder,
        }
    }

    /// The commands, which are indented by four spaces.
    fn commands(&self) -> Vec<&str> {
        let lines = self.printed.lines();
        lines.filter_map(|line| line.strip_prefix("    ")).collect()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    fn key_file_exists(&self) -> bool {
        self.folder.path().join("k.json").exists()
    }

    /// By a member of its manifest.
    fn plugin_is_sealed(&self) -> bool {
        let file = format!("libtoken_plugin.{}", std::env::consts::DLL_EXTENSION);
        let file = fs::read(self.folder.path().join("plugins").join(file)).unwrap();
        let seal = b",\"segments_sha256\":\"";
        file.windows(seal.len()).any(|bytes| bytes == seal)
    }

    fn end(&mut self, signal: Signal) -> ExitStatus {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        self.child.wait().unwrap()
    }

    /// The host may outlive the demo for a moment.
    fn wait_until_the_key_file_is_deleted(&self) {
        let start = Instant::now();
        while self.key_file_exists() {
            assert!(start.elapsed() < DEADLINE, "{}", self.log());
            thread::sleep(INTERVAL);
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
            let _ = self.child.wait();
        }
    }
}

fn demo(plugins: &Path, properties: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command
        .args(["demo", "--plugins-path"])
        .arg(plugins)
        .args(["--", "--ts-config"])
        .arg(properties)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
        .stdin(Stdio::null());
    command
}

fn shell(script: &str) -> Output {
    Command::new("sh").args(["-c", script]).output().unwrap()
}

fn has_curl() -> bool {
    shell("curl --version").status.success()
}

#[test]
fn the_demo_runs_until_it_is_interrupted_and_deletes_its_keys() {
    let mut demo = Demo::start();
    assert!(
        demo.printed.ends_with(&format!("{LAST_LINE}\n")),
        "{}",
        demo.log()
    );
    assert!(demo.key_file_exists());
    assert_eq!(demo.plugin_is_sealed(), cfg!(target_os = "linux"));
    assert!(
        demo.log().contains(" - Ready\n"),
        "the host's log is passed on"
    );

    if has_curl() {
        the_printed_commands_work(&demo);
    } else {
        eprintln!("skipped: the printed commands need curl");
    }

    let status = demo.end(Signal::INT);
    assert_eq!(status.code(), Some(0), "{}", demo.log());
    assert!(demo.log().contains(" - Stopped\n"), "to its last line");
    assert!(!demo.key_file_exists());
}

/// Runs them all in one shell, as if they were pasted.
fn the_printed_commands_work(demo: &Demo) {
    let script = demo.commands().join("\necho\n");
    let output = shell(&script);
    let printed = String::from_utf8_lossy(&output.stdout);
    let compact: String = printed.split_whitespace().collect();

    let refused = r#"{"code":400,"type":"InvalidKeyException","#;
    let digit = r#"{"3":0."#;
    let rotated = r#""expirationtime":""#;
    let mut rest = compact.as_str();
    for expected in [refused, digit, rotated, refused, digit] {
        let (_, after) = rest
            .split_once(expected)
            .unwrap_or_else(|| panic!("no {expected} in\n{rest}\nof\n{script}\n{printed}"));
        rest = after;
    }
    assert!(!rest.contains(r#""code""#), "{rest}");
}

/// That is what SIGHUP means to a process with a terminal.
#[test]
fn closing_the_terminal_ends_the_server() {
    let mut demo = Demo::start();

    let status = demo.end(Signal::HUP);

    assert_eq!(status.code(), Some(0), "{}", demo.log());
    assert!(!demo.key_file_exists());
}

#[test]
fn the_server_ends_with_a_demo_that_is_killed() {
    let mut demo = Demo::start();

    demo.end(Signal::KILL);

    demo.wait_until_the_key_file_is_deleted();
}

#[test]
fn the_error_and_the_exit_code_of_a_host_that_does_not_start_are_passed_on() {
    let folder = TempDir::new().unwrap();
    let output = demo(folder.path(), Path::new("/nowhere/config.properties"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(log.contains("/nowhere/config.properties"), "{log}");
    assert!(output.stdout.is_empty(), "nothing to try");
}
