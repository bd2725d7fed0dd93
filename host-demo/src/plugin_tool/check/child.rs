//! The process that runs the plugin: every check that needs its code.

use std::{
    io::{self, Write},
    os::{fd::AsFd, unix::net::UnixStream},
    path::Path,
    process::ExitCode,
    sync::Arc,
};

use self::recorder::Recorder;
use super::{
    folders, names,
    outcome::{self, CheckResult, Event, Outcome, Wrote},
};
use crate::{
    cli::PluginSetting,
    plugins::{OpenedPlugin, PluginFile, PluginLoadError, TokenPlugin, TokenPluginError},
};

mod blocking;
mod concurrent;
mod headers;
mod keys;
mod methods;
mod recorder;
mod requests;

/// Runs the checks in the working directory and tells their outcomes to the socket on standard input.
///
/// # Errors
/// Nobody listens.
pub(in crate::plugin_tool) fn run(
    file: &Path,
    settings: &[PluginSetting],
    copies: &Path,
) -> io::Result<ExitCode> {
    let events = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    // What the plugin starts must not keep the socket open.
    rustix::stdio::dup2_stdin(std::fs::File::open("/dev/null")?)?;
    let recorder = Arc::new(Recorder::new(settings));
    let mut checks = Checks {
        events,
        recorder: Arc::clone(&recorder),
    };
    let Some(plugin) = open(&mut checks, file, copies)? else {
        return Ok(ExitCode::SUCCESS);
    };
    let loaded = &plugin.loaded;
    if let Some(token) = &loaded.token {
        check_token_functions(&mut checks, token)?;
    } else {
        checks.skip_token_functions()?;
    }
    let context = recorder.context();
    checks.run(names::METHODS, || {
        methods::listed(&loaded.endpoints, &context)
    })?;
    checks.run(names::UNLISTED, || {
        methods::unlisted(&loaded.endpoints, &context)
    })?;
    checks.run(names::HAND_OVER, || hand_over(&plugin))?;
    checks.tell(&Event::Wrote(Wrote {
        files: folders::list(Path::new("."))?,
        by_a_token_plugin: loaded.token.is_some(),
    }))?;
    checks.run(names::SHUTDOWN, || {
        plugin.loaded.lifecycle.shutdown();
        Outcome::ok("")
    })?;
    checks.run(names::DROP, move || {
        drop(plugin);
        Outcome::ok("")
    })?;
    let panics = recorder.panics();
    checks.run(names::PANICS, || match panics {
        (0, _) => Outcome::ok(""),
        (count, first) => Outcome::failed(format!("{count}, all contained; the first: {first}")),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Up to the point where a server would call it.
fn open(checks: &mut Checks, file: &Path, copies: &Path) -> io::Result<Option<OpenedPlugin>> {
    let mut library = None;
    checks.run(names::LOADS, || {
        let loaded = PluginFile::read(file).and_then(|plugin| plugin.load(copies));
        judge(file, loaded.map(|loaded| library = Some(loaded)))
    })?;
    let Some(library) = library else {
        return Ok(None);
    };
    let recorder = Arc::clone(&checks.recorder);
    let mut plugin = None;
    checks.run(names::OPENS, || match library.open(recorder.host()) {
        Ok(opened) => {
            plugin = Some(opened);
            Outcome::ok(recorder.settings_read())
        }
        Err(error) => Outcome::failed(outcome::reason(file, &error)),
    })?;
    let Some(plugin) = plugin else {
        return Ok(None);
    };
    checks.run(names::DECLARED, || judge(file, plugin.check_manifest()))?;
    checks.run(names::ENDPOINTS, || {
        let judged = judge(file, plugin.check_endpoints());
        methods::described(&plugin.loaded.endpoints).unwrap_or(judged)
    })?;
    checks.run(names::TOKEN_PLUGIN, || {
        let judged = judge(file, plugin.check_token_plugin());
        if plugin.loaded.token.is_none() && judged == Outcome::ok("") {
            return Outcome::skipped(NOT_A_TOKEN_PLUGIN);
        }
        judged
    })?;
    Ok(Some(plugin))
}

const NOT_A_TOKEN_PLUGIN: &str = "not a token plugin";

/// How long keys live, in minutes: the server's default.
const MINUTES: f64 = 60.0;

fn check_token_functions(checks: &mut Checks, token: &TokenPlugin) -> io::Result<()> {
    checks.run(names::SET_TIME, || said(token.set_time(MINUTES)))?;
    checks.run(names::GENERATE, || said(token.generate_keys()))?;
    let keys = keys::find(Path::new("."))?;
    checks.run(names::NO_HEADER, || headers::missing(token))?;
    checks.run(names::MALFORMED, || {
        headers::malformed(token, keys.as_ref())
    })?;
    checks.run(names::UNKNOWN_KEY, || headers::unknown(token))?;
    checks.run(names::REPEATED, || headers::repeated(token, keys.as_ref()))?;
    checks.run(names::OWN_KEYS, || {
        keys.as_ref().map_or_else(
            || Outcome::skipped("no file with keys in TorchServe's form in the working folder"),
            |keys| keys::open_their_own_kind(token, keys),
        )
    })?;
    checks.run(names::CONCURRENT, || {
        concurrent::check(token, keys.as_ref())
    })?;
    checks.run(names::NEVER_BLOCKS, || blocking::check(token))
}

fn hand_over(plugin: &OpenedPlugin) -> Outcome {
    plugin.loaded.lifecycle.hand_over().map_or_else(
        || Outcome::ok("hands nothing over"),
        |state| {
            let bytes = state.bytes.len();
            Outcome::ok(format!("state of version {}, {bytes} bytes", state.version))
        },
    )
}

fn judge(file: &Path, done: Result<(), PluginLoadError>) -> Outcome {
    match done {
        Ok(()) => Outcome::ok(""),
        Err(error) => Outcome::failed(outcome::reason(file, &error)),
    }
}

/// Of an error of the three functions, the plugin's own words.
fn said(done: Result<(), TokenPluginError>) -> Outcome {
    match done {
        Ok(()) => Outcome::ok(""),
        Err(error) => Outcome::failed(error.message),
    }
}

/// Tells what is done, before and after.
struct Checks {
    events: UnixStream,
    recorder: Arc<Recorder>,
}

impl Checks {
    /// Runs one check. One during which anything panicked has failed, whoever caught it.
    fn run(&mut self, name: &str, check: impl FnOnce() -> Outcome) -> io::Result<()> {
        self.tell(&Event::Begun(name.to_owned()))?;
        let before = self.recorder.panics().0;
        let mut outcome = check();
        let (after, _) = self.recorder.panics();
        if after > before && outcome.outcome == outcome::Ending::Ok {
            outcome = Outcome::failed(format!("panicked: {}", self.recorder.last_panic()));
        }
        self.tell(&Event::Ended(CheckResult::new(name, outcome)))
    }

    fn skip_token_functions(&mut self) -> io::Result<()> {
        for name in [
            names::SET_TIME,
            names::GENERATE,
            names::NO_HEADER,
            names::MALFORMED,
            names::UNKNOWN_KEY,
            names::REPEATED,
            names::OWN_KEYS,
            names::CONCURRENT,
            names::NEVER_BLOCKS,
        ] {
            let result = CheckResult::new(name, Outcome::skipped(NOT_A_TOKEN_PLUGIN));
            self.tell(&Event::Ended(result))?;
        }
        Ok(())
    }

    fn tell(&mut self, event: &Event) -> io::Result<()> {
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        self.events.write_all(&line)
    }
}
