//! The built host in front of a server.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write as _,
    net::SocketAddr,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use super::{certificate, interrupt::Interrupt, ports::Addresses};
use crate::{
    cargo::{Artifacts, Profile},
    error::{ErrorContext as _, TaskError},
    host::{Announcement, Host},
    http,
    install::install,
    keys,
};

const START_TIMEOUT: Duration = Duration::from_secs(30);

/// The name of a file in the gateway's folder.
const CERTIFICATE: &str = "certificate.pem";
const PRIVATE_KEY: &str = "private-key.pem";

/// How clients reach the host.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Transport {
    /// Over TCP.
    Plain,
    /// Over TLS, with a certificate that is made for the run.
    Tls,
}

/// An address of the host.
#[derive(Clone, Copy, Debug)]
pub(super) enum Listener {
    /// Where the inference API is.
    Inference,
    /// Where the management API is.
    Management,
    /// Where the metrics API is.
    Metrics,
    /// Where the inference API is for gRPC clients alone.
    GrpcInference,
    /// Where the management API is for gRPC clients alone.
    GrpcManagement,
}

/// The built host and its token plugin.
#[derive(Debug)]
pub(super) struct Gateway {
    artifacts: Artifacts,
    transport: Transport,
}

/// A host that serves. Dropping it stops it.
#[derive(Debug)]
pub(super) struct RunningGateway {
    host: Host,
    announcement: Announcement,
    transport: Transport,
    folder: PathBuf,
}

impl Gateway {
    /// Builds both.
    ///
    /// # Errors
    /// The build failed.
    pub(super) fn build(profile: Profile, transport: Transport) -> Result<Self, TaskError> {
        let packages = ["--package=host-demo", "--package=token-plugin"];
        let artifacts = Artifacts::build(profile, &packages)?;
        Ok(Self {
            artifacts,
            transport,
        })
    }

    /// Starts the host in front of a server, and waits until it serves.
    ///
    /// # Errors
    /// It does not become ready; the folder's `host.log` says why.
    pub(super) fn start(
        &self,
        folder: &Path,
        settings: &str,
        server: &Addresses,
        interrupt: &Interrupt,
    ) -> Result<RunningGateway, TaskError> {
        let plugins = folder.join("plugins");
        fs::create_dir_all(&plugins).context(|| format!("making {}", plugins.display()))?;
        install(self.artifacts.library("token-plugin")?, &plugins, None)?;
        let properties = properties(self.transport, settings, server);
        write(&folder.join("host.properties"), &properties)?;
        if self.transport == Transport::Tls {
            certificate::write(&folder.join(CERTIFICATE), &folder.join(PRIVATE_KEY))?;
        }
        let log = folder.join("host.log");
        let mut lines = File::create(&log).context(|| format!("writing {}", log.display()))?;
        let mut command = Command::new(self.artifacts.executable("host-demo")?);
        command
            .args([
                "--ts-config",
                "host.properties",
                "--plugins-path",
                "plugins",
            ])
            // A checkout under umask 002 is writable by its owner's group, which is then a warning.
            .arg("--plugins-insecure-permissions")
            .current_dir(folder)
            .stdout(Stdio::null())
            .env_remove("LD_LIBRARY_PATH")
            .process_group(0);
        let host = Host::start(&mut command, move |line| {
            let _ = lines.write_all(line);
        })?;
        let announcement = interrupt.wait("host-demo", START_TIMEOUT, || {
            let why = |_| format!("ended before it was ready, see {}", log.display());
            let announced = host.announcement_by_now().map_err(why);
            announced.map_err(|why| TaskError::program("host-demo", why))
        })?;
        Ok(RunningGateway {
            host,
            announcement,
            transport: self.transport,
            folder: folder.to_owned(),
        })
    }
}

impl RunningGateway {
    /// Where clients connect.
    ///
    /// # Errors
    /// The host does not listen there.
    pub(super) fn address(&self, listener: Listener) -> Result<SocketAddr, TaskError> {
        let announced = &self.announcement;
        let (address, name) = match listener {
            Listener::Inference => (announced.inference, "inference"),
            Listener::Management => (announced.management, "management"),
            Listener::Metrics => (announced.metrics, "metrics"),
            Listener::GrpcInference => (announced.grpc_inference, "gRPC inference"),
            Listener::GrpcManagement => (announced.grpc_management, "gRPC management"),
        };
        let why = || format!("announced no {name} address");
        address.ok_or_else(|| TaskError::program("host-demo", why()))
    }

    /// What its clients have to trust, over TLS.
    pub(super) fn certificate(&self) -> Option<PathBuf> {
        (self.transport == Transport::Tls).then(|| self.folder.join(CERTIFICATE))
    }

    /// The file with its keys.
    pub(super) fn key_file(&self) -> PathBuf {
        self.folder.join("key_file.json")
    }

    /// Asks for a path of the server, which runs no more; nothing if only clients of TLS can ask.
    ///
    /// # Errors
    /// The answer is not 502 in the host's form.
    pub(super) fn check_without_server(&self, path: &str) -> Option<Result<(), TaskError>> {
        (self.transport == Transport::Plain).then(|| {
            let key = keys::read(&self.key_file(), "inference")?;
            let address = self.address(Listener::Inference)?;
            let answer = http::get(address, path, Some(&key))
                .context(|| format!("asking the host for {path}"))?;
            let body = String::from_utf8_lossy(&answer.body);
            if answer.status == 502 && body.contains("BadGatewayException") {
                return Ok(());
            }
            let why = format!("answers {}: {}", answer.status, body.trim());
            Err(TaskError::program("host-demo", why))
        })
    }

    /// Stops it. It must have served to the end, without a panic, and with no key in its log.
    ///
    /// # Errors
    /// What was wrong.
    pub(super) fn stop(mut self) -> Result<(), TaskError> {
        let keys = self.keys()?;
        let is_running = self.host.is_running()?;
        drop(self.host);
        let path = self.folder.join("host.log");
        let log = fs::read_to_string(&path).context(|| format!("reading {}", path.display()))?;
        let wrong = if !is_running {
            "ended by itself"
        } else if log.contains("panicked") {
            "panicked"
        } else if keys.values().any(|key| log.contains(key.as_str())) {
            "logged a key"
        } else {
            return Ok(());
        };
        let why = format!("{wrong}, see {}", path.display());
        Err(TaskError::program("host-demo", why))
    }

    fn keys(&self) -> Result<BTreeMap<&'static str, String>, TaskError> {
        let file = self.key_file();
        let kinds = ["management", "inference", "API"].into_iter();
        kinds
            .map(|kind| Ok((kind, keys::read(&file, kind)?)))
            .collect()
    }
}

/// The system chooses every port of the host.
fn properties(transport: Transport, settings: &str, server: &Addresses) -> String {
    let (scheme, certificate) = match transport {
        Transport::Plain => ("http", String::new()),
        Transport::Tls => (
            "https",
            format!(
                "certificate_file={CERTIFICATE}\nprivate_key_file={PRIVATE_KEY}\n\
                 enable_grpc_ssl=true\n"
            ),
        ),
    };
    let listeners = ["inference", "management", "metrics"];
    let addresses = listeners.map(|name| format!("{name}_address={scheme}://127.0.0.1:0\n"));
    let mut text = addresses.concat() + &certificate + settings;
    for (name, address) in server {
        text = text.replace(&format!("{{{name}}}"), &address.to_string());
    }
    text
}

fn write(path: &Path, text: &str) -> Result<(), TaskError> {
    File::create(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .context(|| format!("writing {}", path.display()))
}
