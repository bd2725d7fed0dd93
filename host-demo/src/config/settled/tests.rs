use std::{cell::Cell, fs::File, io::Write as _, path::PathBuf};

use tempfile::TempDir;

use super::*;

struct Written {
    _folder: TempDir,
    path: PathBuf,
}

impl Written {
    fn with(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.properties");
        let written = Self {
            _folder: folder,
            path,
        };
        drop(File::create(&written.path).unwrap());
        written.append(text);
        written
    }

    fn append(&self, text: &str) {
        let mut file = File::options().append(true).open(&self.path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn text(&self) -> Result<String, ConfigError> {
        Ok(fs::read_to_string(&self.path).unwrap())
    }
}

#[test]
fn a_file_that_is_being_written_is_read_when_it_is_whole() {
    let file = Written::with("a=1\n");
    let pauses = Cell::new(0);
    let pause = || {
        pauses.set(pauses.get() + 1);
        if pauses.get() < 3 {
            file.append("b=2\n");
        }
    };

    let text = read(&file.path, || file.text(), pause).unwrap();

    assert_eq!(text, "a=1\nb=2\nb=2\n");
    assert_eq!(pauses.get(), 3);
}

#[test]
fn a_file_that_always_changes_is_refused() {
    let file = Written::with("");

    let refused = read(&file.path, || file.text(), || file.append("x"));

    let error = refused.unwrap_err().to_string();
    assert!(error.ends_with("write a new file and rename it"), "{error}");
}

#[test]
fn a_file_that_was_written_long_ago_is_read_without_a_pause() {
    let file = Written::with("a=1\n");
    let long_ago = SystemTime::now() - 10 * AT_REST;
    let open = File::options().append(true).open(&file.path).unwrap();
    open.set_modified(long_ago).unwrap();

    let text = read(&file.path, || file.text(), || unreachable!("a pause"));

    assert_eq!(text.unwrap(), "a=1\n");
}
