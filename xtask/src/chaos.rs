//! `cargo xtask chaos`: disturbs a running server in every way that an outsider and an operator can, under load, and
//! checks from outside that it keeps its promises.

use std::{
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::ValueEnum as _;
use fastrand::Rng;

use self::{action::Action, load::Load, samples::Samples, server::Server, site::Site};
use crate::{
    cargo::{Artifacts, Profile},
    error::TaskError,
};

mod action;
mod invariants;
mod limits;
mod load;
mod plot;
mod samples;
mod server;
mod site;

/// Disturb a server at random, under load, and check that it keeps its promises
///
/// At every moment: no key that was never valid or is not valid any more opens anything, and a valid one opens what it is
/// for. After every disturbance: the server runs, the key file is whole and its keys are valid. After SIGTERM: it ends
/// with 0 and without a key file.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How long
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    minutes: f64,

    /// Repeats the order of the disturbances of another run
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,

    /// Only these disturbances; all if none is given
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<Action>,

    /// Build with optimizations
    #[arg(long)]
    release: bool,

    /// Writes memory and open files of the server in each second as a picture (SVG)
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

/// Between two disturbances, so that requests are made undisturbed as well.
const CALM: Duration = Duration::from_millis(100);

/// Runs until the time is over or a promise is broken.
///
/// # Errors
/// A build failed, a promise was broken, or the machine does not allow a disturbance.
pub(crate) fn run(options: &Options) -> Result<ExitCode, TaskError> {
    let packages = ["--package=host-demo", "--package=token-plugin"];
    let artifacts = Artifacts::build(Profile::of(options.release), &packages)?;
    let site = Site::create(
        artifacts.executable("host-demo")?,
        artifacts.library("token-plugin")?,
    )?;
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
    println!("seed {seed}: --seed {seed} repeats the order of the disturbances");
    let actions = if options.only.is_empty() {
        Action::value_variants().to_vec()
    } else {
        options.only.clone()
    };
    let mut run = Run {
        server: Server::start(&site)?,
        load: Load::start(),
        samples: Samples::default(),
        counts: vec![0; actions.len()],
        actions,
        site: &site,
        random: Rng::with_seed(seed),
    };
    let end = Instant::now() + Duration::from_secs_f64(options.minutes * 60.0);
    let outcome = run.until(end);
    for (action, count) in run.actions.iter().zip(&run.counts) {
        println!("{count:6} times {action}");
    }
    println!("{}", run.load.finish()?);
    println!("{}", run.samples);
    if let Some(file) = &options.plot {
        plot::write(&run.samples, file)?;
    }
    outcome?;
    run.server.end(&site)?;
    println!("every promise was kept");
    Ok(ExitCode::SUCCESS)
}

struct Run<'a> {
    site: &'a Site,
    server: Server,
    load: Load,
    samples: Samples,
    actions: Vec<Action>,
    /// How often each was done.
    counts: Vec<u32>,
    random: Rng,
}

impl Run<'_> {
    fn until(&mut self, end: Instant) -> Result<(), TaskError> {
        self.load.serve(self.server.served(self.site)?);
        while Instant::now() < end {
            let index = self.random.usize(..self.actions.len());
            let (Some(&action), Some(count)) =
                (self.actions.get(index), self.counts.get_mut(index))
            else {
                break;
            };
            *count += 1;
            let outcome = self.disturb(action).and_then(|()| self.load.check());
            outcome.map_err(|error| self.report(action, &error))?;
            self.samples.take(self.server.id());
            std::thread::sleep(CALM);
        }
        Ok(())
    }

    /// What was broken, whether the server still runs, and what it has logged.
    fn report(&mut self, action: Action, error: &TaskError) -> TaskError {
        let state = match self.server.served(self.site) {
            Ok(_) => "it still runs".to_owned(),
            Err(error) => error.to_string(),
        };
        let log = self.server.log();
        TaskError::program("chaos", format!("{action}: {error}; {state}\n{log}"))
    }

    /// The keys of the load are taken away where the disturbance may end them or keep requests from being answered.
    fn disturb(&mut self, action: Action) -> Result<(), TaskError> {
        let before = self.server.served(self.site)?;
        if action.interrupts() {
            self.load.pause();
        }
        action.perform(&mut self.server, self.site, &self.load, &mut self.random)?;
        let now = self.server.served(self.site)?;
        self.load.forget(before.keys.replaced_by(&now.keys));
        self.load.serve(now.clone());
        invariants::check(&now, &self.load.dead())
    }
}
