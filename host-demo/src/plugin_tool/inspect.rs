//! `host-demo plugin inspect`: prints the manifest of a file.

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use serde::Serialize;

use super::output;
use crate::plugins::{Candidate, Manifest, PluginFile};

/// Prints the manifest, or the error with which the server would refuse the file.
pub(super) fn run(file: &Path, json: bool) -> io::Result<ExitCode> {
    match PluginFile::read(file) {
        Ok(plugin) => {
            let found = Found::of(plugin.candidate());
            if json {
                output::print_json(&found)?;
            } else {
                write_text(&mut io::stdout().lock(), &found)?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(error) if json => {
            output::print_json(&serde_json::json!({
                "file": file.display().to_string(),
                "error": error.to_string(),
            }))?;
            Ok(ExitCode::FAILURE)
        }
        Err(error) => {
            writeln!(io::stderr(), "{error}")?;
            Ok(ExitCode::FAILURE)
        }
    }
}

#[derive(Debug, Serialize)]
struct Found<'a> {
    file: String,
    #[serde(flatten)]
    manifest: &'a Manifest,
    sha256: String,
    size_bytes: usize,
    machine: String,
}

impl<'a> Found<'a> {
    fn of(candidate: &'a Candidate) -> Self {
        Self {
            file: candidate.path.display().to_string(),
            manifest: &candidate.manifest,
            sha256: candidate.sha256.to_string(),
            size_bytes: candidate.bytes.len(),
            machine: PluginFile::machine(),
        }
    }
}

fn write_text(output: &mut impl Write, found: &Found<'_>) -> io::Result<()> {
    let manifest = found.manifest;
    writeln!(output, "file: {}", found.file)?;
    writeln!(output, "name: {}", manifest.name)?;
    writeln!(output, "version: {}", manifest.version)?;
    writeln!(output, "contract: {}", manifest.contract)?;
    writeln!(output, "compiler: {}", manifest.compiler)?;
    for endpoint in &manifest.endpoints {
        let (kind, pattern) = (&endpoint.r#type, &endpoint.url_pattern);
        let methods = endpoint.methods.join(", ");
        writeln!(output, "endpoint: /{pattern}, {kind}, {methods}")?;
    }
    let sealed = manifest
        .segments_sha256
        .map_or_else(|| "none".to_owned(), |it| it.to_string());
    writeln!(output, "seal: {sealed}")?;
    writeln!(output, "sha256: {}", found.sha256)?;
    writeln!(output, "size: {} bytes", found.size_bytes)?;
    writeln!(output, "machine: {}", found.machine)
}
