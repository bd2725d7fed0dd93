//! `GET /models` with the right key: the host with the token plugin, without it, and nginx.

use std::{net::SocketAddr, path::Path, process::Command};

use rustix::process::Pid;

use super::{
    bench_host::BenchHost,
    cpu_time,
    nginx::Nginx,
    table::{Goal, Table, Unit},
    wrk::Wrk,
};
use crate::{
    error::{ErrorContext as _, TaskError},
    http, keys, repository,
};

const BENCH: &str = "bench";
const PATH: &str = "/models";
const INSTALL: &str = "apt-get install nginx wrk";

const PER_SECOND: Unit = Unit {
    suffix: " /s",
    digits: 0,
};
const MICROSECONDS: Unit = Unit {
    suffix: " µs",
    digits: 2,
};
const RATIO: Unit = Unit {
    suffix: "",
    digits: 3,
};

/// The running servers, and what was measured so far.
#[derive(Debug)]
pub(super) struct RequestMeasurements {
    wrk: Option<Wrk>,
    key: String,
    guarded: Contender<BenchHost>,
    open: Contender<BenchHost>,
    nginx: Option<Contender<Nginx>>,
}

#[derive(Debug)]
struct Contender<S> {
    lane: Lane,
    _server: S,
}

/// The address of a server, and what was measured so far.
#[derive(Debug)]
struct Lane {
    address: SocketAddr,
    process: Pid,
    rates: Vec<f64>,
    microseconds: Vec<f64>,
    timeouts: u64,
}

impl RequestMeasurements {
    /// Starts the servers and checks that their responses are equal.
    ///
    /// # Errors
    /// One of them cannot be started, or its response differs.
    pub(super) fn prepare(host: &Path, plugins: &Path) -> Result<Self, TaskError> {
        let models = repository::root().join("models/digits");
        let with_model = |command: &mut Command| {
            command
                .arg("--model-store")
                .arg(&models)
                .arg("--models=all");
        };
        let guarded = BenchHost::start(host, |command| {
            command.arg("--plugins-path").arg(plugins);
            with_model(command);
        })?;
        let open = BenchHost::start(host, with_model)?;
        let key = keys::read(&guarded.key_file(), "management")?;
        let body = get(guarded.management, Some(&key))?;
        let text = String::from_utf8_lossy(&body);
        let nginx = Nginx::start(&key, &text)?;
        let nginx_address = nginx.as_ref().map(Nginx::address);
        for address in [Some(open.management), nginx_address].into_iter().flatten() {
            if get(address, Some(&key))? != body {
                return Err(TaskError::program(
                    BENCH,
                    "the responses of the servers differ",
                ));
            }
        }
        for address in [Some(guarded.management), nginx_address]
            .into_iter()
            .flatten()
        {
            if get(address, Some("wrong")).is_ok() {
                return Err(TaskError::program(BENCH, "a wrong key was accepted"));
            }
        }
        Ok(Self {
            wrk: Wrk::find(),
            key,
            guarded: Contender::new(guarded.management, guarded.id(), guarded),
            open: Contender::new(open.management, open.id(), open),
            nginx: nginx.map(|nginx| Contender::new(nginx.address(), nginx.id(), nginx)),
        })
    }

    /// A turn for each server, in one order or the reverse one.
    ///
    /// # Errors
    /// A server rejected a request or failed.
    pub(super) fn round(&mut self, seconds: u32, backwards: bool) -> Result<(), TaskError> {
        let Some(wrk) = &self.wrk else {
            return Ok(());
        };
        let mut lanes = vec![&mut self.guarded.lane, &mut self.open.lane];
        lanes.extend(self.nginx.as_mut().map(|nginx| &mut nginx.lane));
        if backwards {
            lanes.reverse();
        }
        for lane in lanes {
            lane.take_turn(wrk, &self.key, seconds)?;
        }
        Ok(())
    }

    /// The measurements that are missing, and why.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        let missing = [
            (
                self.wrk.is_none(),
                "requests a second, because wrk is not installed",
            ),
            (self.nginx.is_none(), "nginx, because it is not installed"),
        ];
        let mut reasons: Vec<_> = missing
            .into_iter()
            .filter_map(|(is_missing, reason)| is_missing.then_some(reason))
            .collect();
        if !reasons.is_empty() {
            reasons.push(INSTALL);
        }
        reasons
    }

    /// Requests that waited for more than 2 s, if there were any.
    pub(super) fn late(&self) -> Option<String> {
        let (guarded, open) = (self.guarded.lane.timeouts, self.open.lane.timeouts);
        let nginx = self.nginx.as_ref().map_or(0, |nginx| nginx.lane.timeouts);
        (guarded + open + nginx > 0).then(|| {
            format!(
                "No response within 2 s: {guarded} requests of the host with token plugin, {open} of \
                 that without, {nginx} of nginx."
            )
        })
    }

    pub(super) fn add_rows(&self, table: &mut Table) {
        let none = Vec::new();
        let nginx = self.nginx.as_ref().map(|nginx| &nginx.lane);
        let lanes = [
            ("host with token plugin", Some(&self.guarded.lane)),
            ("host without a plugin", Some(&self.open.lane)),
            ("nginx with a `map`", nginx),
        ];
        for (server, lane) in lanes {
            let rates = lane.map_or(&none, |lane| &lane.rates);
            table.add(
                &format!("`GET /models`, {server}"),
                rates,
                PER_SECOND,
                Goal::None,
            );
        }
        for (server, lane) in lanes {
            let microseconds = lane.map_or(&none, |lane| &lane.microseconds);
            let what = format!("processor time of a request, {server}");
            table.add(&what, microseconds, MICROSECONDS, Goal::None);
        }
        let (guarded, open) = (&self.guarded.lane.rates, &self.open.lane.rates);
        let nginx = nginx.map_or(&none, |nginx| &nginx.rates);
        table.add(
            "host with token plugin / nginx",
            &ratios(guarded, nginx),
            RATIO,
            Goal::AtLeast(1.0),
        );
        table.add(
            "host with token plugin / without",
            &ratios(guarded, open),
            RATIO,
            Goal::AtLeast(0.97),
        );
    }
}

impl<S> Contender<S> {
    const fn new(address: SocketAddr, process: Pid, server: S) -> Self {
        Self {
            lane: Lane {
                address,
                process,
                rates: Vec::new(),
                microseconds: Vec::new(),
                timeouts: 0,
            },
            _server: server,
        }
    }
}

impl Lane {
    fn take_turn(&mut self, wrk: &Wrk, key: &str, seconds: u32) -> Result<(), TaskError> {
        let before = cpu_time::nanoseconds(self.process);
        let turn = wrk.run(self.address, PATH, key, seconds)?;
        let after = cpu_time::nanoseconds(self.process);
        let spent = before.zip(after).map(|(before, after)| after - before);
        self.microseconds
            .extend(spent.map(|nanoseconds| nanoseconds / turn.requests / 1e3));
        self.rates.push(turn.rate);
        self.timeouts += turn.timeouts;
        Ok(())
    }
}

fn get(address: SocketAddr, key: Option<&str>) -> Result<Vec<u8>, TaskError> {
    let response = http::get(address, PATH, key).context(|| format!("requesting {address}"))?;
    if response.status == 200 {
        Ok(response.body)
    } else {
        Err(TaskError::program(
            BENCH,
            format!("status {}", response.status),
        ))
    }
}

/// For each round separately, so that a slowdown of a whole round cancels out.
fn ratios(left: &[f64], right: &[f64]) -> Vec<f64> {
    let pairs = left.iter().zip(right);
    pairs.map(|(left, right)| left / right).collect()
}
