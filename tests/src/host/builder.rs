use std::{
    env,
    ffi::OsString,
    fmt::Write as _,
    fs,
    net::SocketAddr,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
};

use rustix::process::geteuid;
use tempfile::TempDir;

use super::{Ended, Host, Listener, Output, Process};
use crate::{Artifacts, Log, PluginFolder, eventually, log::gate::Gate, repository, write_file};

/// `nobody`, as Debian and most others number it.
pub const UNPRIVILEGED_USER: u32 = 65_534;

/// How to start a host.
#[derive(Debug, Default)]
#[must_use]
pub struct HostBuilder {
    binary: Option<PathBuf>,
    arguments: Vec<OsString>,
    environment: Vec<(String, String)>,
    properties: Vec<(String, String)>,
    plugins: Option<PluginFolder>,
    plugins_in_the_file: bool,
    shell_prelude: String,
    user: Option<u32>,
    binary_folder: Option<TempDir>,
    folder: Option<TempDir>,
    keys_in_responses: bool,
}

impl HostBuilder {
    /// Passes `--plugins-path`.
    pub fn plugins(mut self, plugins: PluginFolder) -> Self {
        self.plugins = Some(plugins);
        self
    }

    /// Writes `plugins_path` into the file instead of passing the argument.
    pub fn plugins_in_the_file(mut self) -> Self {
        self.plugins_in_the_file = true;
        self
    }

    /// Adds a line to config.properties.
    pub fn property(mut self, key: &str, value: &str) -> Self {
        self.properties.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Adds an argument.
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds a variable; there are no others but PATH and TMPDIR.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Serves models of the repository's store, such as `digits=digits.onnx`.
    pub fn models(self, models: &str) -> Self {
        self.argument("--model-store")
            .argument(repository().join("models/digits"))
            .argument("--models")
            .argument(models)
    }

    /// Forwards what a profile classifies to a server, such as `http://127.0.0.1:18080` under `vllm`.
    /// The server gets no other requests: it is not probed.
    pub fn upstream(self, url: &str, profile: &str) -> Self {
        self.property("upstream", url)
            .property("upstream_profile", profile)
            .property("upstream_health_path", "none")
    }

    /// Forwards to a server all that the inference listener does not answer itself.
    pub fn upstream_inference(self, url: &str) -> Self {
        self.property("upstream_inference", url)
    }

    /// The same for the management listener.
    pub fn upstream_management(self, url: &str) -> Self {
        self.property("upstream_management", url)
    }

    /// Runs shell commands in the process before it becomes the host, such as `umask 000`.
    pub fn prelude(mut self, commands: &str) -> Self {
        commands.clone_into(&mut self.shell_prelude);
        self
    }

    /// Runs as a user for whom permissions and limits count: as another one, who gets the working
    /// directory and a binary that this user can reach, where root runs the tests.
    pub fn unprivileged(mut self) -> Self {
        if geteuid().is_root() {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let copy = folder.path().join("host-demo");
            fs::copy(Artifacts::of_the_tests().host(), &copy).expect("the binary can be copied");
            let open = fs::Permissions::from_mode(0o755);
            fs::set_permissions(folder.path(), open).expect("the mode can be set");
            self.user = Some(UNPRIVILEGED_USER);
            self.binary = Some(copy);
            self.binary_folder = Some(folder);
        }
        self
    }

    /// Runs another binary than the one that cargo builds for the tests.
    pub fn binary(mut self, binary: &Path) -> Self {
        self.binary = Some(binary.to_owned());
        self
    }

    /// Runs in a folder that already contains files.
    pub fn folder(mut self, folder: TempDir) -> Self {
        self.folder = Some(folder);
        self
    }

    /// Does not fail the test if a response contains a key.
    pub fn keys_in_responses(mut self) -> Self {
        self.keys_in_responses = true;
        self
    }

    /// Starts it and waits until it is ready.
    ///
    /// # Panics
    /// With its log, when it does not start.
    #[must_use]
    pub fn start(self) -> Host {
        self.try_start()
            .unwrap_or_else(|refusal| panic!("the host did not start: {refusal}"))
    }

    /// Starts it and expects that it does not start.
    ///
    /// # Panics
    /// When it starts, or ends with 0.
    #[must_use]
    pub fn refused(self) -> Ended {
        let refusal = self.ended();
        assert!(
            refusal.code.is_some_and(|code| code != 0),
            "a host that does not start has an exit code above 0: {refusal}"
        );
        refusal
    }

    /// Starts it and expects that it ends before it is ready, whatever its exit code.
    ///
    /// # Panics
    /// When it becomes ready.
    #[must_use]
    pub fn ended(self) -> Ended {
        match self.try_start() {
            Ok(host) => panic!("the host started:\n{}", host.log().text()),
            Err(ended) => ended,
        }
    }

    /// Starts it and waits until it is ready or has ended.
    ///
    /// # Errors
    /// When it ended.
    pub fn try_start(self) -> Result<Host, Ended> {
        let keys_in_responses = self.keys_in_responses;
        let mut process = self.spawn();
        let status = eventually("the host is ready", || {
            let ended = process.try_wait();
            (ended.is_some() || is_ready(&process.log)).then_some(ended)
        });
        if let Some(status) = status {
            process.join_readers();
            return Err(Ended {
                code: status.code(),
                log: process.log,
                folder: process.folder,
            });
        }
        Ok(Host {
            addresses: Listener::ALL
                .map(|listener| bound_address(&process.log, &format!("{listener:?} API"))),
            process,
            transcript: <_>::default(),
            keys_seen: Mutex::default(),
            keys_in_responses,
        })
    }

    pub(super) fn spawn(mut self) -> Process {
        let folder = self
            .folder
            .take()
            .unwrap_or_else(|| tempfile::tempdir().expect("a temporary folder"));
        write_file(
            &folder.path().join("config.properties"),
            self.configuration().as_bytes(),
        );
        let temporary_folder = tempfile::tempdir().expect("a temporary folder");
        if let Some(user) = self.user {
            give(folder.path(), user);
            give(temporary_folder.path(), user);
        }
        let mut child = self
            .command(folder.path(), temporary_folder.path())
            .spawn()
            .expect("the host can be run");
        let log = Log::default();
        let output = child.stdout.take().expect("a pipe");
        let error_output = child.stderr.take().expect("a pipe");
        let gates = [Gate::default(), Gate::default()];
        Process {
            readers: vec![
                log.collect(output, &gates[Output::Standard as usize]),
                log.collect(error_output, &gates[Output::Error as usize]),
            ],
            gates,
            log,
            child,
            folder,
            plugins: self.plugins,
            temporary_folder,
            _binary_folder: self.binary_folder,
        }
    }

    fn command(&self, folder: &Path, temporary_folder: &Path) -> Command {
        let binary = self
            .binary
            .as_deref()
            .unwrap_or_else(|| Artifacts::of_the_tests().host());
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!("{}\nexec \"$0\" \"$@\"", self.shell_prelude))
            .arg(binary)
            .args(["--ts-config", "config.properties"])
            .args(&self.arguments)
            .current_dir(folder)
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("TMPDIR", temporary_folder)
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let (false, Some(plugins)) = (self.plugins_in_the_file, &self.plugins) {
            command.arg("--plugins-path").arg(plugins.path());
        }
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command
    }

    fn has(&self, key: &str) -> bool {
        self.properties.iter().any(|(given, _)| given == key)
    }

    fn configuration(&self) -> String {
        let mut text = String::new();
        for key in Listener::ALL.map(Listener::address_key) {
            if !self.has(key) {
                let _ = writeln!(text, "{key}=http://127.0.0.1:0");
            }
        }
        for api in ["inference", "management"] {
            let (upstream, port) = (format!("upstream_grpc_{api}"), format!("grpc_{api}_port"));
            if self.has(&upstream) && !self.has(&port) {
                let _ = writeln!(text, "{port}=0");
            }
        }
        for (key, value) in &self.properties {
            let _ = writeln!(text, "{key}={value}");
        }
        if let (true, Some(plugins)) = (self.plugins_in_the_file, &self.plugins) {
            let _ = writeln!(text, "plugins_path={}", plugins.path().display());
        }
        text
    }
}

fn is_ready(log: &Log) -> bool {
    log.lines()
        .iter()
        .any(|line| line.ends_with(" - Ready") || line.contains("\"Ready\""))
}

pub(super) fn bound_address(log: &Log, api: &str) -> SocketAddr {
    let prefix = format!("{api} listens on ");
    let text = log.text();
    let (_, rest) = text
        .split_once(&prefix)
        .and_then(|(_, url)| url.split_once("://"))
        .unwrap_or_else(|| panic!("no line {prefix:?} in\n{text}"));
    let end = rest.find(|letter: char| letter.is_whitespace() || letter == '"');
    let address = &rest[..end.unwrap_or(rest.len())];
    address
        .parse()
        .unwrap_or_else(|error| panic!("{address}: {error}"))
}

fn give(folder: &Path, user: u32) {
    std::os::unix::fs::chown(folder, Some(user), Some(user)).expect("root can give a folder away");
    let mode = fs::Permissions::from_mode(0o700);
    fs::set_permissions(folder, mode).expect("the mode can be set");
}
