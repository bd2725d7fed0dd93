//! `host-demo plugin`: tools for authors of plugins.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use integration_tests::Artifacts;
use serde_json::Value;

mod check;
mod findings;
mod inspect;
mod new;

/// The output and the exit code of the tool.
struct ToolOutput {
    code: Option<i32>,
    output: String,
    errors: String,
}

impl ToolOutput {
    fn json(&self) -> Value {
        serde_json::from_str(&self.output).expect("JSON")
    }
}

/// Runs `host-demo plugin` in a folder.
fn plugin_in(folder: &Path, arguments: &[&str]) -> ToolOutput {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(Artifacts::of_the_tests().host())
        .arg("plugin")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("the host runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    ToolOutput {
        code: status.code(),
        output: text(stdout),
        errors: text(stderr),
    }
}

fn plugin(arguments: &[&str]) -> ToolOutput {
    plugin_in(Path::new("/"), arguments)
}

/// The path of a package's library.
fn library(package: &str) -> String {
    let path = Artifacts::of_the_tests().library(package);
    path.to_str().expect("UTF-8").to_owned()
}

/// The names in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.into_string().expect("UTF-8"))
        .collect();
    names.sort();
    names
}
