//! Builds the fuzz targets as cargo-fuzz does, but with the stable toolchain.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use super::targets::Target;
use crate::{
    cargo::Artifacts,
    error::{ErrorContext as _, TaskError},
};

/// What lets libFuzzer see which code an input reaches and what it is compared with, and what finds accesses to
/// memory that is not there.
const FLAGS: [&str; 9] = [
    "--cfg",
    "fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Zsanitizer=address",
    "-Ccodegen-units=1",
];

/// Whether libFuzzer can be compiled.
pub(super) fn has_compiler() -> bool {
    let name = std::env::var_os("CXX").unwrap_or_else(|| "c++".into());
    let mut compiler = Command::new(name);
    let version = compiler.arg("--version").stdin(Stdio::null());
    let version = version.stdout(Stdio::null()).stderr(Stdio::null());
    version.status().is_ok_and(|status| status.success())
}

/// Builds targets into a folder.
///
/// # Errors
/// Cargo or the compiler cannot be started, or the build failed.
pub(super) fn build(
    folder: &Path,
    work: &Path,
    targets: &[Target],
) -> Result<Artifacts, TaskError> {
    // A target that is named: otherwise build scripts and macros would be instrumented, too.
    let machine = machine()?;
    let manifest = folder.join("Cargo.toml");
    let environment = [
        ("RUSTC_BOOTSTRAP", "1".into()),
        ("RUSTFLAGS", FLAGS.join(" ").into()),
        ("CARGO_TARGET_DIR", work.as_os_str().to_owned()),
    ];
    let mut arguments = vec![
        "--release".into(),
        "--locked".into(),
        format!("--target={machine}"),
        format!("--manifest-path={}", manifest.display()),
    ];
    arguments.extend(targets.iter().map(|target| format!("--bin={target}")));
    Artifacts::build_with(&arguments, &environment)
}

/// The machine that the compiler runs on, such as `x86_64-unknown-linux-gnu`.
fn machine() -> Result<String, TaskError> {
    let output = Command::new("rustc").arg("-vV").output();
    let output = output.context(|| "starting rustc")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let machine = text.lines().find_map(|line| line.strip_prefix("host: "));
    machine
        .map(str::to_owned)
        .ok_or_else(|| TaskError::program("rustc -vV", "does not print its host"))
}
