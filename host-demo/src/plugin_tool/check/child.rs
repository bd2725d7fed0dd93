//! The process that runs the plugin: every check that needs its code.

use std::{io, path::Path, process::ExitCode, sync::Arc};

use plugin_api::ErrorCode;

use self::{checks::Checks, recorder::PluginRecorder};
use super::{
    folders, names,
    outcome::{self, Event, Outcome, Wrote},
};
use crate::{
    cli::{CredentialKind, PluginSetting},
    plugins::{OpenedPlugin, PluginFile, PluginLoadError, TokenPlugin},
    trial::{limits::end_with_the_parent, socket_of_the_parent},
};

mod blocking;
mod checks;
mod concurrent;
mod headers;
mod ids;
mod keys;
mod methods;
mod recorder;
mod requests;
mod succession;
mod token_functions;

/// Runs the checks in the working directory and reports their outcomes to the socket on standard
/// input.
///
/// # Errors
/// The socket is closed.
pub(in crate::plugin_tool) fn run(
    file: &Path,
    settings: &[PluginSetting],
    copies: &Path,
    credentials: Option<CredentialKind>,
) -> io::Result<ExitCode> {
    end_with_the_parent();
    let events = socket_of_the_parent()?;
    let recorder = Arc::new(PluginRecorder::new(settings));
    let mut checks = Checks::new(events, Arc::clone(&recorder));
    let Some(plugin) = open(&mut checks, file, copies, credentials)? else {
        return Ok(ExitCode::SUCCESS);
    };
    let loaded = &plugin.loaded;
    if let Some(token) = &loaded.token {
        token_functions::run(
            &mut checks,
            token,
            credentials.unwrap_or_else(|| detected(token)),
        )?;
    } else {
        for name in names::OF_TOKEN_PLUGINS {
            checks.skip(name, NOT_A_TOKEN_PLUGIN)?;
        }
    }
    let context = recorder.context();
    checks.run(names::METHODS, || {
        methods::listed(&loaded.endpoints, &context)
    })?;
    checks.run(names::UNLISTED, || {
        methods::unlisted(&loaded.endpoints, &context)
    })?;
    checks.run(names::READY, || ready(&plugin))?;
    checks.run(names::METRICS, || metrics(&plugin))?;
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
    succession::run(&mut checks, file, copies)?;
    let panics = recorder.panics();
    checks.run(names::PANICS, || match panics {
        (0, _) => Outcome::ok(""),
        (count, first) => Outcome::failed(format!("{count}, all contained; the first: {first}")),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Up to the point where a server would call it.
fn open(
    checks: &mut Checks,
    file: &Path,
    copies: &Path,
    credentials: Option<CredentialKind>,
) -> io::Result<Option<OpenedPlugin>> {
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
    checks.run(names::OPENS, || {
        match library.open(recorder.host(None), false) {
            Ok(opened) => {
                plugin = Some(opened);
                Outcome::ok(recorder.settings_read())
            }
            Err(error) => Outcome::failed(outcome::reason(file, &error)),
        }
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
        match &plugin.loaded.token {
            _ if judged != Outcome::ok("") => judged,
            Some(token) => makes_keys_as_said(token, credentials),
            None if credentials.is_some() => Outcome::failed("registers no token authorizer"),
            None => Outcome::skipped(NOT_A_TOKEN_PLUGIN),
        }
    })?;
    Ok(Some(plugin))
}

const NOT_A_TOKEN_PLUGIN: &str = "not a token plugin";

/// By whether it makes keys. Other tokens are assumed to be in the `Authorization` header.
fn detected(token: &TokenPlugin) -> CredentialKind {
    if token.makes_keys() {
        CredentialKind::Keys
    } else {
        CredentialKind::Tokens
    }
}

/// Whether the plugin is of the kind that was given.
fn makes_keys_as_said(token: &TokenPlugin, credentials: Option<CredentialKind>) -> Outcome {
    let expected = credentials.map(|kind| kind == CredentialKind::Keys);
    match (token.makes_keys(), expected) {
        (true, Some(false)) => {
            Outcome::failed("makes keys: expected --kind keys, or makes_keys that returns false")
        }
        (false, Some(true)) => Outcome::failed(
            "makes no keys: expected another --kind, or makes_keys that returns true",
        ),
        (true, _) => Outcome::ok(""),
        (false, _) => Outcome::ok("makes no keys"),
    }
}

/// It may not be ready in an empty folder; then it reports the reason.
fn ready(plugin: &OpenedPlugin) -> Outcome {
    match plugin.loaded.lifecycle.ready() {
        Err(error) if error.code() == ErrorCode::PANICKED => Outcome::failed(error.message()),
        Err(error) => Outcome::ok(format!("not ready: {error}")),
        Ok(()) => Outcome::ok(""),
    }
}

fn metrics(plugin: &OpenedPlugin) -> Outcome {
    let families = plugin.loaded.lifecycle.metrics();
    if families.is_empty() {
        return Outcome::ok("has none");
    }
    let names: Vec<_> = families
        .iter()
        .map(|(name, family)| format!("{} {name}", family.kind))
        .collect();
    Outcome::ok(names.join(", "))
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
