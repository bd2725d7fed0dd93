//! Files that are not libraries for this machine: none of their code runs.

use std::{fs, os::unix::fs::PermissionsExt as _, process::Command};

use integration_tests::{PluginFolder, build_of};

use super::{FILE, assert_refused, make_link};

/// Offsets in the header of an ELF file.
const CLASS: usize = 4;
const KIND: usize = 16;
const MACHINE: usize = 18;

fn native() -> &'static str {
    if cfg!(target_arch = "x86_64") {
        "Elf X86_64 64-bit little-endian"
    } else {
        "Elf Aarch64 64-bit little-endian"
    }
}

#[track_caller]
fn assert_no_library(content: &[u8], found: &str) {
    assert_refused(
        PluginFolder::new().with_file(FILE, content),
        &format!(
            "{found}: expected a shared library, {}: build it with crate-type = [\"cdylib\"]",
            native()
        ),
    );
}

/// The token plugin with other bytes in its header.
fn patched(offset: usize, bytes: &[u8]) -> Vec<u8> {
    let mut library = build_of("token-plugin", 0);
    library[offset..offset + bytes.len()].copy_from_slice(bytes);
    library
}

#[test]
fn an_empty_file() {
    assert_no_library(b"", "an empty file");
}

/// Shorter than any header.
#[test]
fn a_short_text() {
    assert_no_library(b"hello\n", "begins with \"hello\\n\"");
}

/// Longer than a header.
#[test]
fn a_long_text() {
    let text = "int main() { return 0; }\n".repeat(100);
    assert_no_library(text.as_bytes(), "begins with \"int main() { ret\"");
}

/// For a linker, but not for a dynamic linker.
#[test]
fn an_object_file() {
    assert_no_library(&patched(KIND, &[1, 0]), "an object file");
}

#[test]
fn a_program() {
    assert_no_library(&patched(KIND, &[2, 0]), "a program");
}

#[test]
fn a_wrong_machine() {
    let (machine, name) = if cfg!(target_arch = "x86_64") {
        (183, "Aarch64")
    } else {
        (62, "X86_64")
    };
    let plugins = PluginFolder::new().with_file(FILE, &patched(MACHINE, &[machine, 0]));
    let reason = format!(
        "built for Elf {name} 64-bit little-endian: expected {}: build it for this machine",
        native()
    );
    assert_refused(plugins, &reason);
}

#[test]
fn a_library_of_32_bits() {
    let plugins = PluginFolder::new().with_file(FILE, &patched(CLASS, &[1]));
    let reason = format!(
        "built for Elf32: expected {}: build it for this machine",
        native()
    );
    assert_refused(plugins, &reason);
}

/// Its header is inconsistent.
#[test]
fn a_garbage_header() {
    let plugins = PluginFolder::new().with_file(FILE, &patched(CLASS + 1, &[0xff; 40]));
    assert_refused(
        plugins,
        "damaged: Unsupported ELF header: expected a complete shared library: copy it again",
    );
}

/// Truncated at several offsets, as by a copy that was interrupted.
#[test]
fn a_truncated_library() {
    let whole = build_of("token-plugin", 0);
    let end_of_sections = whole.len();
    for length in [4_096, whole.len() / 2, whole.len() - 1] {
        let plugins = PluginFolder::new().with_file(FILE, &whole[..length]);
        let reason = format!(
            "truncated: {length} bytes: expected at least {end_of_sections}: copy it again"
        );
        assert_refused(plugins, &reason);
    }
}

#[test]
fn a_library_that_ends_in_its_header() {
    let whole = build_of("token-plugin", 0);
    let plugins = PluginFolder::new().with_file(FILE, &whole[..63]);
    assert_refused(
        plugins,
        "truncated: 63 bytes: expected at least 64: copy it again",
    );
}

#[test]
fn a_folder() {
    let plugins = PluginFolder::new();
    let folder = plugins.path().join(FILE);
    fs::create_dir(&folder).expect("a folder");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("the mode can be set");
    assert_refused(
        plugins,
        "a folder: expected a regular file: remove or replace it",
    );
}

/// The start does not block.
#[test]
fn a_pipe() {
    let plugins = PluginFolder::new();
    let made = Command::new("mkfifo")
        .arg(plugins.path().join(FILE))
        .status();
    assert!(made.expect("mkfifo runs").success());
    assert_refused(
        plugins,
        "a pipe: expected a regular file: remove or replace it",
    );
}

#[test]
fn a_broken_link() {
    let plugins = PluginFolder::new();
    make_link("gone.so.1".as_ref(), &plugins.path().join(FILE));
    assert_refused(
        plugins,
        "a link to gone.so.1, which does not exist: expected a link to a file: remove or correct it",
    );
}
