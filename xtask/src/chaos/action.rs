//! The disturbances.

use std::{
    fmt,
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use clap::ValueEnum;
use fastrand::Rng;
use rustix::process::Signal;

use super::{
    limits::Resource,
    load::Load,
    samples::open_files,
    server::{Server, broken},
    site::Site,
};
use crate::{
    error::{ErrorContext as _, TaskError},
    http,
};

/// What is done to the server.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum Action {
    /// A key is replaced
    Rotate,
    /// SIGHUP, nothing has changed
    Reload,
    /// Another build of the plugin, and SIGHUP
    Swap,
    /// A damaged plugin, SIGHUP, the plugin again, SIGHUP
    DamagedPlugin,
    /// A configuration with an error, SIGHUP, the old one again, SIGHUP
    BadConfiguration,
    /// SIGTERM, and a new server
    End,
    /// SIGKILL, and a new server
    Kill,
    /// SIGSTOP, and SIGCONT
    Stop,
    /// A rotation while nothing can be written
    FullDisk,
    /// A rotation while no file can be opened and clients wait
    NoDescriptors,
    /// A rotation, SIGHUP and a request while no thread can be started
    NoThreads,
    /// Connections that send nothing
    IdleConnections,
}

const RELOADED_WITHIN: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(5);
/// Longer than a rotation that is no longer held up.
const SETTLED_AFTER: Duration = Duration::from_secs(3);
const IDLE_CONNECTIONS: usize = 200;

impl Action {
    /// Whether valid keys need not be answered meanwhile.
    pub(super) const fn interrupts(self) -> bool {
        matches!(
            self,
            Self::Rotate
                | Self::End
                | Self::Kill
                | Self::Stop
                | Self::FullDisk
                | Self::NoDescriptors
                | Self::NoThreads
        )
    }

    /// Does it, and waits until its effect is there.
    ///
    /// # Errors
    /// A promise was broken, or the machine does not allow it.
    pub(super) fn perform(
        self,
        server: &mut Server,
        site: &Site,
        load: &Load,
        random: &mut Rng,
    ) -> Result<(), TaskError> {
        match self {
            Self::Rotate => rotate(server, site, random).and_then(must_be(200)),
            Self::Reload => reload(server),
            Self::Swap => {
                let build = server.next_build();
                site.install_plugin(build)?;
                reload(server)
            }
            Self::DamagedPlugin => {
                site.install_damaged(|bytes| damage(bytes, random))?;
                reload(server)?;
                let build = server.next_build();
                site.install_plugin(build)?;
                reload(server)
            }
            Self::BadConfiguration => {
                site.configure("token_expiration_min=never\n")?;
                reload(server)?;
                site.configure("")?;
                reload(server)
            }
            Self::End => {
                let last = server.served(site)?;
                server.end(site)?;
                server.start_again(site)?;
                load.forget(last.keys.replaced_by(&server.served(site)?.keys));
                Ok(())
            }
            Self::Kill => {
                let delay = Duration::from_millis(random.u64(0..30));
                let rotation = rotation(server, site, random)?;
                // In the middle of a rotation, or just before or after it.
                thread::scope(|scope| {
                    scope.spawn(rotation);
                    thread::sleep(delay);
                    server.kill(site)
                })?;
                server.start_again(site)
            }
            Self::Stop => {
                server.signal(Signal::STOP)?;
                thread::sleep(Duration::from_millis(random.u64(100..1500)));
                server.signal(Signal::CONT)
            }
            Self::FullDisk => {
                let before = server.served(site)?;
                let status =
                    server.limited(Resource::FileSize, 0, |server| rotate(server, site, random))?;
                must_be(500)(status)?;
                if server.served(site)? == before {
                    return Ok(());
                }
                Err(broken("a rotation that failed has changed the key file"))
            }
            Self::NoDescriptors => {
                let address = server.served(site)?.inference;
                let open = open_files(server.id()).context(|| "counting the open files")?;
                server
                    .limited(Resource::Files, open as u64, |server| {
                        let waiting: Vec<_> = (0..8).map(|_| TcpStream::connect(address)).collect();
                        let answered = rotate(server, site, random).is_ok();
                        drop(waiting);
                        Ok(answered)
                    })
                    .and_then(|answered| settle(answered, server, site))
            }
            Self::NoThreads => server
                .limited(Resource::Threads, 0, |server| {
                    // It may be refused.
                    let answered = rotate(server, site, random).is_ok();
                    server.signal(Signal::HUP)?;
                    thread::sleep(Duration::from_millis(200));
                    Ok(answered)
                })
                .and_then(|answered| settle(answered, server, site)),
            Self::IdleConnections => {
                let address = server.served(site)?.inference;
                let open: Vec<_> = (0..IDLE_CONNECTIONS)
                    .map(|_| TcpStream::connect(address))
                    .collect();
                thread::sleep(Duration::from_millis(random.u64(0..200)));
                drop(open);
                Ok(())
            }
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        let name = value.as_ref().map_or("", |value| value.get_name());
        let help = value.as_ref().and_then(|value| value.get_help());
        write!(
            formatter,
            "{name} ({})",
            help.map(ToString::to_string).unwrap_or_default()
        )
    }
}

/// The status of a rotation of one of the two keys that can be replaced.
fn rotate(server: &mut Server, site: &Site, random: &mut Rng) -> Result<u16, TaskError> {
    rotation(server, site, random)?().map_err(|error| broken(format!("a rotation: {error}")))
}

fn rotation(
    server: &mut Server,
    site: &Site,
    random: &mut Rng,
) -> Result<impl FnOnce() -> std::io::Result<u16> + Send + use<>, TaskError> {
    let served = server.served(site)?;
    let kind = if random.bool() {
        "management"
    } else {
        "inference"
    };
    Ok(move || {
        let path = format!("/token?type={kind}");
        let answer = http::get(served.management, &path, Some(&served.keys.api));
        answer.map(|answer| answer.status)
    })
}

/// A rotation without an answer may still wait to be accepted, and replace a key later: waits until the
/// keys have been the same for a while.
fn settle(is_answered: bool, server: &mut Server, site: &Site) -> Result<(), TaskError> {
    if is_answered {
        return Ok(());
    }
    let begin = Instant::now();
    let (mut keys, mut since) = (server.served(site)?.keys, Instant::now());
    while since.elapsed() < SETTLED_AFTER && begin.elapsed() < RELOADED_WITHIN {
        thread::sleep(POLL);
        let now = server.served(site)?.keys;
        if now != keys {
            (keys, since) = (now, Instant::now());
        }
    }
    Ok(())
}

fn must_be(expected: u16) -> impl Fn(u16) -> Result<(), TaskError> {
    move |status| {
        if status == expected {
            Ok(())
        } else {
            Err(broken(format!("a rotation: {status} and not {expected}")))
        }
    }
}

/// SIGHUP, and waits for the line of the log that tells its outcome.
fn reload(server: &Server) -> Result<(), TaskError> {
    let before = server.reloads();
    server.signal(Signal::HUP)?;
    let begin = Instant::now();
    while server.reloads() == before {
        if begin.elapsed() > RELOADED_WITHIN {
            return Err(broken("SIGHUP had no outcome"));
        }
        thread::sleep(POLL);
    }
    Ok(())
}

/// Some flipped bytes, or a block of zeros as a torn copy has it.
fn damage(bytes: &mut [u8], random: &mut Rng) {
    const BLOCK: usize = 4096;
    if random.bool() {
        for _ in 0..random.usize(1..=3) {
            let index = random.usize(..bytes.len());
            if let Some(byte) = bytes.get_mut(index) {
                *byte ^= random.u8(1..);
            }
        }
    } else {
        let block = random.usize(..bytes.len() / BLOCK) * BLOCK;
        if let Some(block) = bytes.get_mut(block..block + BLOCK) {
            block.fill(0);
        }
    }
}
