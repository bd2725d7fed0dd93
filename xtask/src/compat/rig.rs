//! One server with the host in front of it, from the installation to the last check.

use std::{fs, net::SocketAddr, path::PathBuf, process::Command, time::Duration};

use super::{
    client,
    gateway::{Gateway, Listener, RunningGateway},
    interrupt::Interrupt,
    outcome::Outcome,
    ports::{self, Addresses},
    process::{Group, last_lines},
    python::Python,
    servers::Server,
};
use crate::{
    error::{ErrorContext as _, TaskError},
    http,
};

const START_TIMEOUT: Duration = Duration::from_secs(120);

/// Where the clients find what the server printed.
const SERVER_LOG: &str = "server.log";

/// What all rigs have in common.
#[derive(Debug)]
pub(super) struct Setup {
    /// The folder of the scripts, with one folder a server in it.
    pub(super) scripts: PathBuf,
    /// The folder that the folders of the rigs are in.
    pub(super) work: PathBuf,
    /// What stands in front of each server, if anything does.
    pub(super) gateway: Option<Gateway>,
}

/// A rig, with folders of its own.
#[derive(Debug)]
pub(super) struct Rig<'a> {
    server: &'static Server,
    setup: &'a Setup,
    folder: PathBuf,
}

impl<'a> Rig<'a> {
    /// The rig of a server.
    pub(super) fn new(server: &'static Server, setup: &'a Setup) -> Self {
        Self {
            server,
            setup,
            folder: setup.work.join(server.name),
        }
    }

    /// Installs, starts and checks; at the end nothing runs any more.
    ///
    /// # Errors
    /// A part of it cannot be installed or started; or a signal came.
    pub(super) fn run(&self, interrupt: &Interrupt) -> Result<Outcome, TaskError> {
        eprintln!("\n{}", self.server.title);
        let python = self.prepare(interrupt)?;
        let addresses = ports::choose(self.server)?;
        let server = self.start_server(&python, &addresses, interrupt)?;
        let Some(gateway) = &self.setup.gateway else {
            return self.check(&python, &addresses, None, interrupt);
        };
        let settings = self.server.settings;
        let gateway = gateway.start(&self.folder, settings, &addresses, interrupt)?;
        let mut outcome = self.check(&python, &addresses, Some(&gateway), interrupt)?;
        drop(server);
        let name = self.server.name;
        if let Some(without_server) = gateway.check_without_server(self.server.ready.1) {
            outcome.record(name, "without the server the answer is 502", without_server);
        }
        let stopped = gateway.stop();
        outcome.record(name, "the host serves to the end and logs no key", stopped);
        Ok(outcome)
    }

    fn prepare(&self, interrupt: &Interrupt) -> Result<Python, TaskError> {
        let folder = &self.folder;
        fs::create_dir_all(folder).context(|| format!("making {}", folder.display()))?;
        for log in [SERVER_LOG, "client.log", "client-errors.log"] {
            // There is none before the first run.
            let _ = fs::remove_file(folder.join(log));
        }
        let environment = self.setup.work.join(self.server.scripts);
        let requirements = self.script("requirements.txt");
        let limit = self.server.install_timeout;
        Python::prepare(&environment, &requirements, limit, interrupt)
    }

    fn start_server(
        &self,
        python: &Python,
        addresses: &Addresses,
        interrupt: &Interrupt,
    ) -> Result<Group, TaskError> {
        let mut command = self.command(python, "serve.py");
        for (name, address) in addresses {
            let port = address.port().to_string();
            command.env(variable("SERVER", name), port);
        }
        let log = self.folder.join(SERVER_LOG);
        let mut group = Group::start(self.server.name, &mut command, &log, &log)?;
        let (port, path) = self.server.ready;
        let ready = interrupt.wait(self.server.name, START_TIMEOUT, || {
            group.check_runs()?;
            Ok(is_ready(addresses.get(port), path).then_some(()))
        });
        if ready.is_err() && !interrupt.is_set() {
            eprintln!("{}", last_lines(&log));
        }
        ready.map(|()| group)
    }

    fn check(
        &self,
        python: &Python,
        server: &Addresses,
        gateway: Option<&RunningGateway>,
        interrupt: &Interrupt,
    ) -> Result<Outcome, TaskError> {
        let mut command = self.command(python, "client.py");
        command.env("COMPAT_SERVER_LOG", self.folder.join(SERVER_LOG));
        for (port, own) in self.server.ports.iter().filter_map(|port| {
            let address = server.get(port.name)?;
            Some((port, address))
        }) {
            let address = match gateway {
                Some(gateway) => gateway.address(port.behind)?,
                None => *own,
            };
            command.env(variable("ADDRESS", port.name), address.to_string());
        }
        if let Some(gateway) = gateway {
            // Where it answers itself.
            for (name, listener) in [
                ("gateway_management", Listener::Management),
                ("gateway_metrics", Listener::Metrics),
            ] {
                let address = gateway.address(listener)?.to_string();
                command.env(variable("ADDRESS", name), address);
            }
            command.env("COMPAT_KEY_FILE", gateway.key_file());
            if let Some(certificate) = gateway.certificate() {
                command.env("COMPAT_CERTIFICATE", certificate);
            }
        }
        client::run(self.server.name, &mut command, &self.folder, interrupt)
    }

    /// A script of the rig, which finds what is in the environment in `rig.py`.
    fn command(&self, python: &Python, script: &str) -> Command {
        let mut command = python.command();
        command
            .arg(self.script(script))
            .env("PYTHONPATH", &self.setup.scripts)
            .env("COMPAT_FOLDER", &self.folder)
            // The clients connect to this machine only.
            .env("NO_PROXY", "*")
            .env("no_proxy", "*")
            .current_dir(&self.folder);
        command
    }

    fn script(&self, name: &str) -> PathBuf {
        self.setup.scripts.join(self.server.scripts).join(name)
    }
}

/// The name of an environment variable of the scripts.
fn variable(kind: &str, name: &str) -> String {
    format!("COMPAT_{kind}_{}", name.to_uppercase())
}

fn is_ready(address: Option<&SocketAddr>, path: &str) -> bool {
    let status = address.map(|address| http::status(*address, path));
    matches!(status, Some(Ok(200)))
}
