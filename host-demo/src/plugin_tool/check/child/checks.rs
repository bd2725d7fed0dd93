//! Runs the checks in order, and reports them.

use std::{
    io::{self, Write},
    os::unix::net::UnixStream,
    sync::Arc,
};

use super::recorder::PluginRecorder;
use crate::plugin_tool::check::outcome::{CheckResult, CheckStatus, Event, Outcome};

/// Reports each check before and after it runs.
pub(super) struct Checks {
    events: UnixStream,
    pub(super) recorder: Arc<PluginRecorder>,
}

impl Checks {
    /// `recorder` is the host that the plugin sees.
    pub(super) const fn new(events: UnixStream, recorder: Arc<PluginRecorder>) -> Self {
        Self { events, recorder }
    }

    /// Runs one check. It has failed if anything panicked during it, even if the panic was caught.
    pub(super) fn run(&mut self, name: &str, check: impl FnOnce() -> Outcome) -> io::Result<()> {
        self.tell(&Event::Begun(name.to_owned()))?;
        let before = self.recorder.panics().0;
        let mut outcome = check();
        let (after, _) = self.recorder.panics();
        if after > before && outcome.outcome == CheckStatus::Ok {
            outcome = Outcome::failed(format!("panicked: {}", self.recorder.last_panic()));
        }
        self.tell(&Event::Ended(CheckResult::new(name, outcome)))
    }

    /// Reports why a check is not run.
    pub(super) fn skip(&mut self, name: &str, why: &str) -> io::Result<()> {
        let result = CheckResult::new(name, Outcome::skipped(why));
        self.tell(&Event::Ended(result))
    }

    pub(super) fn tell(&mut self, event: &Event) -> io::Result<()> {
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        self.events.write_all(&line)
    }
}
