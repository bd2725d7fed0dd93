use std::{
    collections::HashSet,
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ExitStatus},
    sync::PoisonError,
    thread::{self, JoinHandle},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

pub use self::{
    builder::{HostBuilder, UNPRIVILEGED_USER},
    output::Output,
    starting::Starting,
};
use crate::{
    Connection, Keys, Log, PluginFolder, Request, Response, TlsClient, connection::Transcript,
    eventually, log::gate::Gate,
};

mod builder;
mod output;
mod process_status;
mod starting;

/// One of the three listeners.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are three")]
pub enum Listener {
    /// TorchServe's 8080.
    Inference,
    /// TorchServe's 8081.
    Management,
    /// TorchServe's 8082.
    Metrics,
}

impl Listener {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Inference, Self::Management, Self::Metrics];

    pub(crate) const fn address_key(self) -> &'static str {
        match self {
            Self::Inference => "inference_address",
            Self::Management => "management_address",
            Self::Metrics => "metrics_address",
        }
    }
}

/// A running host in its own folder. When it is dropped it is killed, and the test fails if one of
/// its keys is found in its log or in a response.
#[derive(Debug)]
pub struct Host {
    process: Process,
    addresses: [SocketAddr; 3],
    transcript: Transcript,
    keys_seen: std::sync::Mutex<Vec<String>>,
    keys_in_responses: bool,
}

/// A host that ended before it was ready.
#[derive(Debug)]
pub struct Ended {
    /// The exit code.
    pub code: Option<i32>,
    /// All that it wrote.
    pub log: Log,
    folder: TempDir,
}

impl Ended {
    /// Its working directory.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The one line with the reason, which is not at INFO or WARN.
    ///
    /// # Panics
    /// When there are several or none, or when it repeats itself.
    #[must_use]
    pub fn line(&self) -> String {
        let mut lines = self.log.lines();
        lines.retain(|line| !line.contains("[INFO ]") && !line.contains("[WARN ]"));
        assert!(
            lines.len() == 1,
            "expected one line with the reason, not {lines:#?}\n{self}"
        );
        let line = lines.remove(0);
        let parts: Vec<_> = line.split(": ").collect();
        let different: HashSet<_> = parts.iter().collect();
        assert!(different.len() == parts.len(), "it repeats itself: {line}");
        line
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ended with {:?}\n{}", self.code, self.log.text())
    }
}

impl Host {
    /// A host that is not yet started.
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
    }

    /// A host with the token plugin and nothing else.
    #[must_use]
    pub fn with_token_plugin() -> Self {
        Self::builder()
            .plugins(PluginFolder::new().with("token-plugin"))
            .start()
    }

    /// Where a listener is bound.
    #[must_use]
    pub const fn address(&self, listener: Listener) -> SocketAddr {
        self.addresses[listener as usize]
    }

    /// Where the listener for gRPC clients of an API is bound.
    #[must_use]
    pub fn grpc_address(&self, listener: Listener) -> SocketAddr {
        builder::bound_address(self.log(), &format!("{listener:?} API (gRPC)"))
    }

    /// Its working directory.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.process.folder.path()
    }

    /// The folder of `--plugins-path`.
    ///
    /// # Panics
    /// When it was started without one.
    #[must_use]
    pub fn plugins(&self) -> &PluginFolder {
        let plugins = self.process.plugins.as_ref();
        plugins.expect("a host with a plugins folder")
    }

    /// Its folder for temporary files.
    #[must_use]
    pub fn temporary_folder(&self) -> &Path {
        self.process.temporary_folder.path()
    }

    /// Where the keys are written by default.
    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        self.folder().join("key_file.json")
    }

    /// The current keys.
    #[must_use]
    pub fn keys(&self) -> Keys {
        let keys = Keys::read(&self.key_file());
        for key in keys.all() {
            self.remember(key);
        }
        keys
    }

    /// Searches for this key too at the end.
    pub fn remember(&self, key: &str) {
        let mut seen = self
            .keys_seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !seen.iter().any(|known| known == key) {
            seen.push(key.to_owned());
        }
    }

    /// What it has written so far.
    #[must_use]
    pub const fn log(&self) -> &Log {
        &self.process.log
    }

    /// A new connection.
    #[must_use]
    pub fn connect(&self, listener: Listener) -> Connection {
        let address = self.address(listener);
        Connection::try_open(address)
            .unwrap_or_else(|error| {
                panic!("{listener:?} {address}: {error}\n{}", self.log().text())
            })
            .with_transcript(Transcript::clone(&self.transcript))
    }

    /// A new connection with TLS.
    #[must_use]
    pub fn connect_encrypted(&self, listener: Listener, client: &TlsClient) -> Connection {
        let address = self.address(listener);
        Connection::try_open_encrypted(address, client)
            .unwrap_or_else(|error| {
                panic!("{listener:?} {address}: {error}\n{}", self.log().text())
            })
            .with_transcript(Transcript::clone(&self.transcript))
    }

    /// One request on a new connection.
    pub fn send(&self, listener: Listener, request: &Request) -> Response {
        self.connect(listener)
            .try_exchange(request)
            .unwrap_or_else(|error| panic!("no response: {error}\n{}", self.log().text()))
    }

    /// One request to the inference listener.
    pub fn inference(&self, request: &Request) -> Response {
        self.send(Listener::Inference, request)
    }

    /// One request to the management listener.
    pub fn management(&self, request: &Request) -> Response {
        self.send(Listener::Management, request)
    }

    /// One request to the metrics listener.
    pub fn metrics(&self, request: &Request) -> Response {
        self.send(Listener::Metrics, request)
    }

    /// The process.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.process.pid()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("the process is there");
    }

    /// Waits until it has ended; its log is complete then.
    pub fn wait(&mut self) -> ExitStatus {
        self.process.wait()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.process.try_wait().is_none()
    }

    /// Sends SIGTERM and waits.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait()
    }

    fn leaks(&self) -> Vec<String> {
        let seen = self
            .keys_seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let received = self
            .transcript
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let received = String::from_utf8_lossy(&received);
        let log = self.log().text();
        let mut leaks = Vec::new();
        for key in seen.iter() {
            leaks.extend(
                log.contains(key)
                    .then(|| format!("{key} is in the log:\n{log}")),
            );
            let is_sent = !self.keys_in_responses && received.contains(key);
            leaks.extend(is_sent.then(|| format!("{key} is in a response:\n{received}")));
        }
        leaks
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Ok(text) = std::fs::read_to_string(self.key_file())
            && let Ok(file) = serde_json::from_str::<serde_json::Value>(&text)
        {
            let members = file.as_object().into_iter().flatten();
            for key in members.filter_map(|(_, member)| member["key"].as_str()) {
                self.remember(key);
            }
        }
        self.process.kill();
        let leaks = self.leaks();
        assert!(
            leaks.is_empty() || thread::panicking(),
            "{}",
            leaks.join("\n")
        );
    }
}

/// The child, its folders, and the threads that read its log.
#[derive(Debug)]
struct Process {
    child: Child,
    log: Log,
    readers: Vec<JoinHandle<()>>,
    /// Of its outputs, in the order of [`Output`].
    gates: [Gate; 2],
    folder: TempDir,
    plugins: Option<PluginFolder>,
    /// Removes what a killed host leaves there.
    temporary_folder: TempDir,
    /// What it was started from, and starts processes from.
    _binary_folder: Option<TempDir>,
}

impl Process {
    fn pid(&self) -> Pid {
        let id = i32::try_from(self.child.id()).expect("a process id");
        Pid::from_raw(id).expect("a process id")
    }

    fn try_wait(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("the child can be waited for")
    }

    fn wait(&mut self) -> ExitStatus {
        let status = eventually("the host ends", || self.try_wait());
        self.join_readers();
        status
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.join_readers();
    }

    fn join_readers(&mut self) {
        for gate in &self.gates {
            gate.open();
        }
        for reader in self.readers.drain(..) {
            reader.join().expect("the log is read");
        }
    }
}
