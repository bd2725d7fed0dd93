use std::{fs::File, io::Write as _, path::Path};

/// Writes a file of the test.
pub fn write_file(path: &Path, content: &[u8]) {
    File::create(path)
        .and_then(|mut file| file.write_all(content))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
