//! A new build replaces a plugin, as at a reload.

use std::{io, path::Path, sync::Arc};

use super::{checks::Checks, keys, recorder::PluginRecorder, token_functions::MINUTES};
use crate::{
    plugin_tool::check::{
        names,
        outcome::{self, Outcome},
    },
    plugins::{OpenedPlugin, PluginFile, PluginLoadError},
};

const DELETED: &str = "the replaced build deleted the key file of its successor: expected that it deletes \
                       nothing but the file that it wrote last itself";

/// Two builds of the plugin: with the state that the first hands over, then without one.
pub(super) fn run(checks: &mut Checks, file: &Path, copies: &Path) -> io::Result<()> {
    let of_builds = Builds {
        file,
        copies,
        recorder: Arc::clone(&checks.recorder),
    };
    checks.run(names::SUCCESSION, || of_builds.succeed(true))?;
    checks.run(names::STRANGER, || of_builds.succeed(false))
}

/// Builds of one file: each is loaded from a copy of its own, and shares nothing with the others.
struct Builds<'f> {
    file: &'f Path,
    copies: &'f Path,
    recorder: Arc<PluginRecorder>,
}

impl Builds<'_> {
    fn succeed(&self, with_state: bool) -> Outcome {
        let done = self.open(None, false).and_then(|first| {
            if let Err(message) = start(&first, None) {
                return Ok(Outcome::failed(message));
            }
            let state = with_state.then(|| first.loaded.lifecycle.hand_over());
            let state = state.flatten();
            let had_state = state.is_some();
            let second = self.open(state, had_state)?;
            Ok(replace(first, &second))
        });
        done.unwrap_or_else(|error| Outcome::failed(outcome::reason(self.file, &error)))
    }

    fn open(
        &self,
        state: Option<plugin_api::abi::RawState>,
        had_state: bool,
    ) -> Result<OpenedPlugin, PluginLoadError> {
        let library = PluginFile::read(self.file)?.load(self.copies)?;
        library.open(self.recorder.host(state), had_state)
    }
}

/// Ends the first build once the second one is in place, and looks whether its keys can still be read.
fn replace(first: OpenedPlugin, second: &OpenedPlugin) -> Outcome {
    if let Err(message) = start(second, Some(&first)) {
        return Outcome::failed(message);
    }
    let took_over = second.loaded.lifecycle.took_over();
    let found = || keys::find(Path::new("."));
    let before = found();
    if took_over {
        first.loaded.lifecycle.retire();
    } else {
        first.loaded.lifecycle.shutdown();
    }
    drop(first);
    let how = if took_over {
        "took over"
    } else {
        "started without state"
    };
    match (before, found(), &second.loaded.token) {
        (Err(error), ..) | (_, Err(error), _) => Outcome::failed(error.to_string()),
        (Ok(Some(_)), Ok(None), _) => Outcome::failed(DELETED),
        (_, Ok(Some(keys)), Some(token)) => match keys::open_their_own_kind(token, &keys) {
            valid if valid == Outcome::ok("") => Outcome::ok(how),
            failed => failed,
        },
        _ => Outcome::ok(how),
    }
}

/// What a server calls before a token plugin serves. A build that refused the state may need what the old one
/// holds, such as the lock of its key file.
fn start(plugin: &OpenedPlugin, old: Option<&OpenedPlugin>) -> Result<(), String> {
    let Some(token) = &plugin.loaded.token else {
        return Ok(());
    };
    token.set_time(MINUTES).map_err(|error| error.message)?;
    if plugin.loaded.lifecycle.took_over() {
        return Ok(());
    }
    let made = match (token.generate_keys(), old) {
        (Err(_), Some(old)) => {
            old.loaded.lifecycle.shutdown();
            token.generate_keys()
        }
        (made, _) => made,
    };
    made.map_err(|error| error.message)
}
