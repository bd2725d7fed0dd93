//! What the compiler says to an author of a plugin who made a mistake.
//!
//! `TRYBUILD=overwrite cargo test -p endpoint-plugin-api --test it messages` writes the expected texts again.

use std::{
    env,
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

#[test]
fn a_mistake_is_told_where_it_was_made() {
    trybuild::TestCases::new().compile_fail("tests/messages/*.rs");
}

/// The strategy belongs to a whole build, so this needs a crate of its own.
#[test]
fn a_plugin_that_aborts_on_panic_does_not_compile() {
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["rustc", "--offline", "--profile=check", "--manifest-path"])
        .arg(aborting_crate().join("Cargo.toml"))
        // What trybuild checked is found there.
        .arg("--target-dir")
        .arg(target().join("tests/trybuild"))
        .args(["--", "-C", "panic=abort"])
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{message}");
    let expected = "error: a plugin must be built with panic = \"unwind\": a panic in it is caught at the boundary\n";
    assert!(message.contains(expected), "{message}");
}

fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap()
}

fn aborting_crate() -> PathBuf {
    let contract = env!("CARGO_MANIFEST_DIR");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("aborting");
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::copy(
        Path::new(contract).join("../Cargo.lock"),
        folder.join("Cargo.lock"),
    )
    .unwrap();
    let manifest = format!(
        "[package]\nname = \"aborting\"\nedition = \"2024\"\n\n\
         [lib]\ncrate-type = [\"cdylib\"]\n\n\
         [dependencies]\nplugin-api = {{ package = \"endpoint-plugin-api\", path = {contract:?} }}\n\n\
         [workspace]\n"
    );
    write(&folder.join("Cargo.toml"), &manifest);
    let library = "use plugin_api::{Host, Plugin, PluginError};\n\n\
                   fn open(_: &Host) -> Result<Plugin, PluginError> {\n    Ok(Plugin::new())\n}\n\n\
                   plugin_api::export_plugin! { open: open, endpoints: [] }\n";
    write(&folder.join("src/lib.rs"), library);
    folder
}

fn write(path: &Path, text: &str) {
    File::create(path)
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
}
