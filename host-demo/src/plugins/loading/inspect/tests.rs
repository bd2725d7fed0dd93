use proptest::prelude::*;

use super::{CONTRACT, inspect, machine};
use crate::plugins::test_support::{library, manifest, plugin};

const ENTRY: &str = abi_stable::library::ROOT_MODULE_LOADER_NAME;

fn error(bytes: &[u8]) -> String {
    inspect(bytes).unwrap_err().to_string()
}

fn patched(offset: usize, byte: u8) -> Vec<u8> {
    let mut bytes = plugin("good");
    bytes[offset] = byte;
    bytes
}

#[test]
fn a_plugin_is_recognized_by_its_manifest() {
    let manifest = inspect(&plugin("good")).unwrap();
    assert_eq!((&*manifest.name, &*manifest.contract), ("good", CONTRACT));
}

#[test]
fn a_file_that_is_not_a_library_is_described_by_its_first_bytes_or_its_type() {
    let native = machine::native();
    for (bytes, found) in [
        (&b""[..], "an empty file"),
        (
            b"#!/bin/sh\necho hello\n",
            r##"begins with "#!/bin/sh\necho h""##,
        ),
        (b"\x00\xff", r#"begins with "\x00\xff""#),
        (b"!<arch>\nlibtoken.a/ 0", "Archive"),
        (&patched(16, 1), "an object file"),
        (&patched(16, 2), "a program"),
    ] {
        assert_eq!(
            error(bytes),
            format!(
                "{found}: expected a shared library, {native}: build it with crate-type = \
                 [\"cdylib\"]"
            )
        );
    }
}

#[test]
fn a_library_for_another_machine_is_refused_with_both_machines() {
    let native = machine::native();
    for (bytes, found) in [
        // EM_RISCV
        (patched(18, 243), "Elf Riscv64 64-bit little-endian"),
        (patched(4, 1), "Elf32"),
    ] {
        assert_eq!(
            error(&bytes),
            format!("built for {found}: expected {native}: build it for this machine")
        );
    }
}

#[test]
fn a_segment_beyond_the_end_is_a_truncated_file() {
    let mut bytes = plugin("good");
    let size = bytes.len();
    // The size of the segment in the file, in the first program header.
    bytes[64 + 32..64 + 40].copy_from_slice(&(size as u64 + 1).to_le_bytes());
    assert_eq!(
        error(&bytes),
        format!(
            "truncated: {size} bytes: expected at least {}: copy it again",
            size + 1
        )
    );
    bytes[64 + 8..64 + 16].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(error(&bytes).contains("expected at least 18446744073709551615"));
}

#[test]
fn every_truncated_plugin_is_refused() {
    let bytes = plugin("good");
    let size = bytes.len();
    for length in 0..size {
        let error = error(&bytes[..length]);
        if length >= 64 {
            assert_eq!(
                error,
                format!("truncated: {length} bytes: expected at least {size}: copy it again")
            );
        }
    }
}

#[test]
fn a_library_without_entry_symbol_or_manifest_is_not_a_plugin() {
    let manifest = manifest("good", CONTRACT);
    let missing = |what| {
        format!("not a plugin: {what} is missing: export it with plugin_api::export_plugin!")
    };
    for exports in [
        &[][..],
        &["other"],
        &["__1as_0lib_1header_0root_bmodule_bloader"],
    ] {
        assert_eq!(
            error(&library(&manifest, exports)),
            missing("the entry symbol")
        );
    }
    let mut bytes = library(&manifest, &["other", ENTRY]);
    assert!(inspect(&bytes).is_ok());
    let magic = plugin_api::manifest::MAGIC.as_bytes();
    let at = bytes.windows(magic.len()).position(|part| part == magic);
    bytes[at.unwrap()] = b'?';
    assert_eq!(error(&bytes), missing("the manifest"));
}

#[test]
fn a_manifest_that_cannot_be_read_is_refused() {
    for (manifest, reason) in [
        ("", "EOF while parsing"),
        ("{}", "missing field `name`"),
        ("{\"name\":1}", "invalid type"),
    ] {
        let error = error(&library(manifest, &[ENTRY]));
        assert!(
            error.starts_with(&format!("its manifest cannot be read: {reason}"))
                && error.ends_with(&format!(
                    ": build it again with endpoint-plugin-api {CONTRACT}"
                )),
            "{error}"
        );
    }
}

#[test]
fn only_the_major_version_of_the_contract_is_compared() {
    let with = |contract: &str| library(&manifest("good", contract), &[ENTRY]);
    for contract in ["1.0.0", "1.0", "1.99.7"] {
        assert!(inspect(&with(contract)).is_ok(), "{contract}");
    }
    for contract in ["0.9.0", "2.0.0", "10.0.0", "", "one"] {
        assert_eq!(
            error(&with(contract)),
            format!(
                "built for contract {contract}, this host has contract {CONTRACT}: rebuild it \
                 with endpoint-plugin-api {CONTRACT}"
            )
        );
    }
}

proptest! {
    #[test]
    fn no_damaged_file_makes_the_inspection_panic(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = plugin("good");
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = inspect(&bytes);
    }
}
