//! One server after another.

use std::{
    collections::VecDeque,
    fs,
    net::SocketAddr,
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::{
    limits::{self, Resource},
    site::Site,
};
use crate::{
    error::{ErrorContext as _, TaskError},
    host::{Announcement, Host},
    keys,
};

/// A server that needs longer to end is held by something.
const END_MAX: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(5);
/// How much of its log is shown when a promise is broken.
const LOG_LINES: usize = 40;

/// The keys of a server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Keys {
    pub(super) management: String,
    pub(super) inference: String,
    pub(super) api: String,
}

/// A server that answers, and its keys.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Served {
    pub(super) inference: SocketAddr,
    pub(super) management: SocketAddr,
    pub(super) keys: Keys,
}

/// The server that runs.
pub(super) struct Server {
    host: Host,
    announcement: Announcement,
    log: Arc<Mutex<VecDeque<String>>>,
    builds: u32,
}

impl Keys {
    /// Those that are not among the new ones.
    pub(super) fn replaced_by(&self, new: &Self) -> Vec<String> {
        let pairs = [
            (&self.management, &new.management),
            (&self.inference, &new.inference),
            (&self.api, &new.api),
        ];
        let replaced = pairs.into_iter().filter(|(old, new)| old != new);
        replaced.map(|(old, _)| old.clone()).collect()
    }
}

impl Server {
    /// Starts it and waits until it is ready.
    ///
    /// # Errors
    /// It does not become ready.
    pub(super) fn start(site: &Site) -> Result<Self, TaskError> {
        let log = Arc::default();
        let (host, announcement) = start(site, &log)?;
        Ok(Self {
            host,
            announcement,
            log,
            builds: 0,
        })
    }

    /// Starts the next one; the last one has ended.
    ///
    /// # Errors
    /// It does not become ready.
    pub(super) fn start_again(&mut self, site: &Site) -> Result<(), TaskError> {
        (self.host, self.announcement) = start(site, &self.log)?;
        Ok(())
    }

    /// SIGTERM, which it must obey in time, with 0, and without leaving its keys.
    ///
    /// # Errors
    /// It does not.
    pub(super) fn end(&mut self, site: &Site) -> Result<(), TaskError> {
        self.signal(Signal::TERM)?;
        let begin = Instant::now();
        while self.host.is_running()? {
            if begin.elapsed() > END_MAX {
                return Err(broken("SIGTERM did not end it"));
            }
            thread::sleep(POLL);
        }
        let status = self.host.wait()?;
        if !status.success() {
            return Err(broken(format!("after SIGTERM: {status}")));
        }
        if site.key_file().exists() {
            return Err(broken("the key file is still there after SIGTERM"));
        }
        Ok(())
    }

    /// SIGKILL, after which the key file must be whole.
    ///
    /// # Errors
    /// It is not.
    pub(super) fn kill(&mut self, site: &Site) -> Result<(), TaskError> {
        self.signal(Signal::KILL)?;
        self.host.wait()?;
        read_keys(site).map(drop)
    }

    /// Sends a signal.
    ///
    /// # Errors
    /// The server has ended.
    pub(super) fn signal(&self, signal: Signal) -> Result<(), TaskError> {
        kill_process(self.id(), signal)
            .map_err(std::io::Error::from)
            .context(|| "sending a signal to the server")
    }

    /// Lowers a limit of the running server, for the time of `work`.
    ///
    /// # Errors
    /// The limit cannot be set, or those of `work`.
    pub(super) fn limited<T>(
        &mut self,
        resource: Resource,
        limit: u64,
        work: impl FnOnce(&mut Self) -> Result<T, TaskError>,
    ) -> Result<T, TaskError> {
        let id = self.id();
        let before = limits::get(id, resource)?;
        limits::set(id, resource, &limit.to_string())?;
        let worked = work(self);
        limits::set(id, resource, &before)?;
        worked
    }

    /// The next build of the plugin.
    pub(super) const fn next_build(&mut self) -> u32 {
        self.builds += 1;
        self.builds
    }

    /// Where it is reached, and with what.
    ///
    /// # Errors
    /// It has ended, or its key file is not whole.
    pub(super) fn served(&mut self, site: &Site) -> Result<Served, TaskError> {
        if !self.host.is_running()? {
            let status = self.host.wait()?;
            return Err(broken(format!("the server has ended: {status}")));
        }
        let addresses = self
            .announcement
            .inference
            .zip(self.announcement.management);
        let (inference, management) = addresses.ok_or_else(|| broken("it has no addresses"))?;
        Ok(Served {
            inference,
            management,
            keys: read_keys(site)?,
        })
    }

    pub(super) fn id(&self) -> Pid {
        self.host.id()
    }

    /// How many reloads have come to their end, since the first server.
    pub(super) fn reloads(&self) -> usize {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let is_end = |line: &&String| line.contains(" serves") || line.contains("reload failed");
        log.iter().filter(is_end).count()
    }

    /// The last lines of its log.
    pub(super) fn log(&self) -> String {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = log.iter().skip(log.len().saturating_sub(LOG_LINES));
        lines.map(String::as_str).collect()
    }
}

/// A promise that was not kept.
pub(super) fn broken(what: impl Into<String>) -> TaskError {
    TaskError::program("host-demo", what)
}

fn start(
    site: &Site,
    log: &Arc<Mutex<VecDeque<String>>>,
) -> Result<(Host, Announcement), TaskError> {
    let mut command = Command::new(site.program());
    command
        .arg("--ts-config")
        .arg(site.configuration())
        .arg("--plugins-path")
        .arg(site.plugins())
        .current_dir(site.work())
        .env("TMPDIR", site.work())
        .env_remove("LD_LIBRARY_PATH")
        .stdout(Stdio::null());
    if let Some(user) = Site::user() {
        command.uid(user).gid(user);
    }
    let lines = Arc::clone(log);
    let host = Host::start(&mut command, move |line| {
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push_back(String::from_utf8_lossy(line).into_owned());
    })?;
    let ready = host.announcement();
    let ready = ready.ok_or_else(|| broken("did not become ready"))?;
    Ok((host, ready))
}

fn read_keys(site: &Site) -> Result<Keys, TaskError> {
    let file = site.key_file();
    let text = fs::read_to_string(&file).context(|| format!("reading {}", file.display()))?;
    if !text.trim_end().ends_with('}') {
        return Err(broken("the key file is not whole"));
    }
    Ok(Keys {
        management: keys::read(&file, "management")?,
        inference: keys::read(&file, "inference")?,
        api: keys::read(&file, "API")?,
    })
}
