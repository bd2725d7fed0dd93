//! Which part of the host may import which: a request's way goes from the top of this table to its bottom.

use integration_tests::repository;

use self::{
    circles::circles,
    source::{Crate, Import},
};

mod circles;
mod examples;
mod source;

const SOURCES: &str = "host-demo/src";

/// The parts of a folder, from top to bottom, and what each may import besides itself.
#[derive(Clone, Copy, Debug)]
struct Layers {
    /// The module that they are children of.
    folder: &'static [&'static str],
    parts: &'static [(&'static str, &'static [&'static str])],
}

/// The whole crate. `lib` is what `lib.rs` re-exports.
const CRATE: Layers = Layers {
    folder: &[],
    parts: &[
        (
            "main",
            &[
                "cli",
                "config",
                "model_trial",
                "plugin_tool",
                "process",
                "profile_tool",
                "server",
                "telemetry",
            ],
        ),
        (
            "lib",
            &[
                "backend",
                "files",
                "generations",
                "listener",
                "plugins",
                "server",
                "tls",
            ],
        ),
        ("model_trial", &["backend"]),
        ("plugin_tool", &["cli", "config", "plugins", "trial"]),
        ("profile_tool", &["cli", "profile"]),
        (
            "process",
            &["server", "signals", "blocking", "config", "telemetry"],
        ),
        (
            "server",
            &[
                "listener",
                "request",
                "backend",
                "generations",
                "policy",
                "plugins",
                "http",
                "tls",
                "blocking",
                "config",
                "profile",
                "telemetry",
            ],
        ),
        (
            "listener",
            &["request", "backend", "http", "tls", "config", "telemetry"],
        ),
        (
            "request",
            &[
                "backend",
                "generations",
                "policy",
                "plugins",
                "http",
                "blocking",
                "config",
                "profile",
                "telemetry",
            ],
        ),
        (
            "backend",
            &[
                "policy",
                "plugins",
                "http",
                "tls",
                "blocking",
                "config",
                "profile",
                "files",
                "trial",
                "telemetry",
            ],
        ),
        (
            "generations",
            &[
                "backend",
                "policy",
                "plugins",
                "http",
                "tls",
                "blocking",
                "config",
                "telemetry",
            ],
        ),
        ("policy", &["plugins", "http", "config", "telemetry"]),
        (
            "plugins",
            &["http", "blocking", "config", "files", "trial", "telemetry"],
        ),
        ("cli", &["config", "telemetry"]),
        ("config", &["http", "profile", "files", "telemetry"]),
        ("profile", &["files"]),
        ("http", &["blocking", "telemetry"]),
        ("tls", &["config", "files", "telemetry"]),
        ("signals", &[]),
        ("files", &[]),
        ("trial", &[]),
        ("telemetry", &[]),
        ("blocking", &[]),
    ],
};

/// From a file to a running plugin.
const PLUGINS: Layers = Layers {
    folder: &["plugins"],
    parts: &[
        (
            "loading",
            &["trust", "running", "contract", "digest", "log_target"],
        ),
        ("trust", &["digest", "log_target"]),
        ("running", &["contract", "digest", "log_target"]),
        ("contract", &[]),
        ("digest", &[]),
        ("log_target", &[]),
    ],
};

#[test]
fn the_parts_of_the_host_import_each_other_in_one_direction() {
    let host = Crate::read(&repository().join(SOURCES));
    assert!(host.files().len() > 100, "{:?}", host.files());

    let wrong = [CRATE, PLUGINS].map(|layers| against(&host, &layers));
    assert_none(&wrong.concat());
}

#[test]
fn no_files_of_the_host_import_each_other_in_a_circle() {
    let host = Crate::read(&repository().join(SOURCES));
    assert_none(&in_circles(&host));
}

#[test]
fn no_two_types_of_the_host_have_one_name() {
    let host = Crate::read(&repository().join(SOURCES));
    assert_none(&of_one_name(&host));
}

#[track_caller]
fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// What is wrong with a crate's imports, one line for each.
fn against(krate: &Crate, layers: &Layers) -> Vec<String> {
    let files = krate.files();
    let part = |file: &str| part_of(files.get(file)?, layers.folder);
    let of_the_folder = files.keys().filter_map(|file| Some((*file, part(file)?)));
    let unknown = of_the_folder.filter(|(_, part)| allowed(layers, part).is_none());
    let mut wrong: Vec<_> = unknown
        .map(|(file, part)| format!("{SOURCES}/{file}: no layer is called {part}"))
        .collect();
    for import in krate.imports() {
        let (Some(from), Some(to)) = (part(&import.from), part(&import.to)) else {
            continue;
        };
        let may_import = allowed(layers, from).unwrap_or_default();
        if from != to && !may_import.contains(&to) {
            wrong.push(format!(
                "{}: {from} may import {may_import:?} alone",
                described(&import)
            ));
        }
    }
    wrong
}

/// The name of the layer that a module belongs to.
fn part_of<'m>(module: &'m [String], folder: &[&str]) -> Option<&'m str> {
    if module.is_empty() && folder.is_empty() {
        return Some("lib");
    }
    let is_inside = folder.iter().zip(module).all(|(one, other)| one == other);
    module
        .get(folder.len())
        .filter(|_| is_inside)
        .map(String::as_str)
}

fn allowed(layers: &Layers, part: &str) -> Option<&'static [&'static str]> {
    let mut parts = layers.parts.iter();
    parts
        .find(|(name, _)| *name == part)
        .map(|(_, allowed)| *allowed)
}

/// The imports that close a circle of files, one line for each.
fn in_circles(krate: &Crate) -> Vec<String> {
    let imports = krate.imports();
    let mut wrong = Vec::new();
    for files in circles(&imports) {
        let files: Vec<_> = files.into_iter().collect();
        wrong.push(format!("a circle of {}:", files.join(", ")));
        let within = imports.iter().filter(|import| {
            files.contains(&import.from.as_str()) && files.contains(&import.to.as_str())
        });
        wrong.extend(within.map(|import| format!("  {}", described(import))));
    }
    wrong
}

/// The names that several types have, one line for each.
fn of_one_name(krate: &Crate) -> Vec<String> {
    let types = krate.types().into_iter();
    types
        .filter(|(_, files)| files.len() > 1)
        .map(|(name, files)| format!("{name} is defined in {}", files.join(" and ")))
        .collect()
}

fn described(import: &Import) -> String {
    let Import { from, to, path } = import;
    format!("{SOURCES}/{from} imports {path} of {SOURCES}/{to}")
}
