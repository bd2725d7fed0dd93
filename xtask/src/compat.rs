//! `cargo xtask compat`: runs real model servers, puts the built host in front of them, and lets
//! their own clients check both.

use std::process::ExitCode;

use self::{
    gateway::{Gateway, Transport},
    interrupt::Interrupt,
    outcome::Outcome,
    rig::{Rig, Setup},
    servers::{SERVERS, Server},
};
use crate::{cargo::Profile, error::TaskError, repository};

mod certificate;
mod client;
mod gateway;
mod interrupt;
mod outcome;
mod ports;
mod process;
mod python;
mod rig;
mod servers;

/// Run real model servers behind the built host, with their own clients
///
/// Each server is installed from its package into a folder of its own, `target/compat/SERVER`, which
/// the next run uses again; the logs of the run are there too. Needs Python 3.11 with `venv`, and
/// Java 17 for TorchServe.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Servers to run, all by default
    #[arg(value_name = "SERVER", value_parser = servers::parse)]
    servers: Vec<&'static Server>,

    /// Print the servers that there are
    #[arg(long)]
    list: bool,

    /// Only the servers that take little to install, and of them only those that can run here
    #[arg(long, conflicts_with = "servers")]
    light: bool,

    /// Connect the clients to the servers, without the host in between; tells a fault of a rig from
    /// one of the host
    #[arg(long)]
    direct: bool,

    /// Connect the clients to the host over TLS
    #[arg(long, conflicts_with = "direct")]
    tls: bool,

    /// Build the host with optimizations
    #[arg(long)]
    release: bool,
}

/// Runs one server after the other. A check that failed is a failure of the task.
///
/// # Errors
/// The build failed, or the task was interrupted.
pub(crate) fn run(options: &Options) -> Result<ExitCode, TaskError> {
    if options.list {
        SERVERS.iter().for_each(|server| println!("{server}"));
        return Ok(ExitCode::SUCCESS);
    }
    let servers = selected(options);
    if servers.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let interrupt = Interrupt::install()?;
    let setup = Setup {
        scripts: repository::root().join("xtask/compat"),
        work: repository::target().join("compat"),
        gateway: options.gateway()?,
    };
    let mut total = Outcome::default();
    for server in servers {
        match Rig::new(server, &setup).run(&interrupt) {
            Ok(outcome) => total.add(outcome),
            Err(error) if interrupt.is_set() => return Err(error),
            Err(error) => total.fail(server.name, "the rig runs", &error.to_string()),
        }
    }
    println!("\n{total}");
    Ok(total.exit_code())
}

impl Options {
    fn gateway(&self) -> Result<Option<Gateway>, TaskError> {
        if self.direct {
            return Ok(None);
        }
        let transport = if self.tls {
            Transport::Tls
        } else {
            Transport::Plain
        };
        let profile = Profile::of(self.release);
        Gateway::build(profile, transport).map(Some)
    }
}

fn selected(options: &Options) -> Vec<&'static Server> {
    if options.light {
        let light = SERVERS.iter().filter(|server| server.is_light);
        return light.filter(|server| can_run(server)).collect();
    }
    if options.servers.is_empty() {
        return SERVERS.iter().collect();
    }
    options.servers.clone()
}

fn can_run(server: &Server) -> bool {
    let missing = server.programs.iter().find(|name| !process::exists(name));
    if let Some(missing) = missing {
        println!("left out {}: {missing} is not installed", server.name);
    }
    missing.is_none()
}
