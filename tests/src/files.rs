use std::{fs::File, io::Write as _, path::Path};

/// Writes a file of a test's own.
pub fn write_file(path: &Path, content: &[u8]) {
    File::create(path)
        .and_then(|mut file| file.write_all(content))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// Whether the tests may do what only root may; says so where not.
#[must_use]
pub fn is_root(what_is_skipped: &str) -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        // Past libtest's capture, so that a skipped test is seen.
        let _ = writeln!(std::io::stderr(), "skipped, needs root: {what_is_skipped}");
    }
    root
}
