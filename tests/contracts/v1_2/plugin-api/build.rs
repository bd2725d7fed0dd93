//! Hands the compiler's version to the manifest: plugin and contract are built by the same one.

use std::{env, ffi::OsString, process::Command};

fn main() {
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    let version = Command::new(compiler).arg("--version").output();
    let version = version
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok());
    let version = version.as_deref().map_or("unknown", str::trim);
    println!("cargo::rustc-env=PLUGIN_API_COMPILER={version}");
    println!("cargo::rerun-if-changed=build.rs");
}
