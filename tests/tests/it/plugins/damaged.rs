//! Damaged copies of a plugin are put into the folder of a running server, which survives every reload.
//!
//! `HOST_DEMO_DAMAGED_FILES=400,200` sets how many files have flipped bytes and how many a zeroed block.

use std::{collections::BTreeMap, env, fs, os::unix::fs::symlink, path::Path, process::Command};

use integration_tests::{Artifacts, Host, PluginFolder, build_of};

use crate::reload::post_reload_openly;

const FILE: &str = "libfixture_echo.so";
/// Files with flipped bytes, and files with a zeroed block.
const FILES: [usize; 2] = [24, 12];
const BLOCK_BYTES: usize = 4096;

/// xorshift64*: the same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16;
        usize::try_from(number).expect("64 bits") % end
    }
}

/// The end of the part of an ELF file that is loaded.
fn loaded_bytes(file: &[u8]) -> usize {
    let number = |at: usize, bytes: usize| {
        let field = &file[at..at + bytes];
        let little = field
            .iter()
            .rev()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        usize::try_from(little).expect("64 bits")
    };
    let (table, entry_bytes, entries) = (number(32, 8), number(54, 2), number(56, 2));
    let headers = (0..entries).map(|entry| table + entry * entry_bytes);
    let loaded = headers.filter(|header| number(*header, 4) == 1);
    let end = loaded
        .map(|header| number(header + 8, 8) + number(header + 32, 8))
        .max();
    end.expect("a segment")
}

fn with_flipped_bytes(whole: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for _ in 0..=numbers.below(3) {
        let place = numbers.below(loaded_bytes(whole));
        bytes[place] ^= 1 << numbers.below(8);
    }
    bytes
}

/// As a copy that broke off in a sparse file has it.
fn with_a_zeroed_block(whole: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    let blocks = loaded_bytes(whole).div_ceil(BLOCK_BYTES);
    let begin = numbers.below(blocks) * BLOCK_BYTES;
    let end = (begin + BLOCK_BYTES).min(bytes.len());
    bytes[begin..end].fill(0);
    bytes
}

fn files() -> [usize; 2] {
    let Ok(given) = env::var("HOST_DEMO_DAMAGED_FILES") else {
        return FILES;
    };
    let counts = given
        .split(',')
        .map(|count| count.parse().expect("a number"));
    let counts: Vec<_> = counts.collect();
    counts.try_into().expect("two numbers")
}

/// What a reload made of a file.
fn outcome(status: u16, text: &str) -> &'static str {
    match status {
        200 => "loaded",
        _ if text.contains("its copy is damaged") => "refused by its seal",
        _ if text.contains("on trial") => "refused by its trial",
        _ => "refused by inspection or by the contract",
    }
}

#[expect(clippy::print_stdout, reason = "the figures of docs/abi.md")]
fn tell(files: [usize; 2], outcomes: &BTreeMap<&str, usize>) {
    let [flipped, zeroed] = files;
    println!("{flipped} files with flipped bytes, {zeroed} with a zeroed block: {outcomes:?}");
}

/// Reloads each file over the last one, and returns how often each outcome was.
fn reload_damaged(whole: &[u8]) -> BTreeMap<&'static str, usize> {
    let mut host = Host::builder()
        .plugins(PluginFolder::new().with_file(FILE, whole))
        .start();
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let mut outcomes = BTreeMap::new();
    let [flipped, zeroed] = files();
    for number in 0..flipped + zeroed {
        let damaged = if number < flipped {
            with_flipped_bytes(whole, &mut numbers)
        } else {
            with_a_zeroed_block(whole, &mut numbers)
        };
        host.plugins().install(FILE, &damaged);
        let response = post_reload_openly(&host);
        assert!(host.is_running(), "file {number} ended the server");
        *outcomes
            .entry(outcome(response.status, response.text()))
            .or_default() += 1;
        // The next one replaces a plugin that works.
        host.plugins().install(FILE, whole);
        let repaired = post_reload_openly(&host);
        assert_eq!(repaired.status, 200, "file {number}: {repaired:?}");
    }
    tell([flipped, zeroed], &outcomes);
    assert!(host.stop().success());
    outcomes
}

#[test]
fn no_damaged_library_ends_a_running_server() {
    let outcomes = reload_damaged(&build_of("fixture-echo", 0));
    assert!(
        outcomes.contains_key("refused by its trial"),
        "{outcomes:?}"
    );
}

/// Where the file was sealed before it was damaged, its code is never loaded, not even on trial.
#[test]
fn no_damaged_library_that_was_sealed_is_loaded_on_trial() {
    let folder = PluginFolder::new().with_named(Artifacts::of_the_tests(), "fixture-echo", FILE);
    let file = folder.path().join(FILE);
    seal(&file);
    let whole = fs::read(&file).expect("the file");
    let outcomes = reload_damaged(&whole);
    assert!(outcomes.contains_key("refused by its seal"), "{outcomes:?}");
    assert!(
        !outcomes.contains_key("refused by its trial"),
        "{outcomes:?}"
    );
}

/// As `cp` onto a link writes the file that it leads to.
#[test]
fn the_file_that_a_link_leads_to_is_sealed() {
    let folder = PluginFolder::new().with_named(Artifacts::of_the_tests(), "fixture-echo", FILE);
    let file = folder.path().join(FILE);
    let before = fs::read(&file).expect("the file");
    let others = tempfile::tempdir().expect("a temporary folder");
    let link = others.path().join("link.so");
    symlink(&file, &link).expect("a link");

    seal(&link);

    assert_eq!(fs::read_link(&link).expect("still a link"), file);
    assert_ne!(fs::read(&file).expect("the file"), before);
    let left = fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(left, 1);
}

fn seal(file: &Path) {
    let sealed = Command::new(Artifacts::of_the_tests().host())
        .args(["plugin", "seal"])
        .arg(file)
        .output();
    let sealed = sealed.expect("the host starts");
    assert!(sealed.status.success(), "{sealed:?}");
}
