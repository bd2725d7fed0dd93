use std::{
    fs::{self, File},
    path::Path,
};

use proptest::prelude::*;
use tempfile::TempDir;

use super::{MODEL_FILE_BYTES_MAX, ModelStore, ModelUrl, StoreError};

/// A folder `store` with `good.onnx`, beside it `secret.onnx`.
fn folders() -> (TempDir, ModelStore) {
    let outer = TempDir::new().unwrap();
    let store = outer.path().join("store");
    fs::create_dir(&store).unwrap();
    put(&store.join("good.onnx"), "good");
    put(&outer.path().join("secret.onnx"), "secret");
    let store = ModelStore::open(&store).unwrap();
    (outer, store)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test file need not be written atomically"
)]
fn put(path: &Path, content: &str) {
    fs::write(path, content).unwrap();
}

fn read(store: &ModelStore, url: &str) -> Result<Vec<u8>, StoreError> {
    store.read(&ModelUrl::parse(url)?)
}

#[test]
fn a_file_of_the_store_is_read() {
    let (_outer, store) = folders();
    assert_eq!(read(&store, "good.onnx").unwrap(), b"good");
}

#[test]
fn a_url_that_is_not_a_plain_file_name_is_refused_with_the_reason() {
    let too_long = format!("{}.onnx", "a".repeat(255));
    for (url, reason) in [
        ("", "must end in .onnx"),
        ("good", "must end in .onnx"),
        ("good.onnx.tar", "must end in .onnx"),
        ("good.ONNX", "must end in .onnx"),
        (".onnx", "begin with a dot"),
        (".hidden.onnx", "begin with a dot"),
        ("../secret.onnx", "relative path"),
        ("..", "relative path"),
        ("sub/../../secret.onnx", "relative path"),
        ("..\\secret.onnx", "relative path"),
        ("/etc/passwd", "path is not allowed"),
        ("/secret.onnx", "path is not allowed"),
        ("sub/good.onnx", "path is not allowed"),
        ("./good.onnx", "path is not allowed"),
        ("sub\\good.onnx", "path is not allowed"),
        ("C:\\good.onnx", "path is not allowed"),
        ("C:good.onnx", "path is not allowed"),
        ("good.onnx:stream.onnx", "path is not allowed"),
        ("\\\\server\\share\\good.onnx", "path is not allowed"),
        ("http://127.0.0.1/good.onnx", "not fetched"),
        ("HTTPS://example.org/good.onnx", "not fetched"),
        ("file:///etc/good.onnx", "not fetched"),
        ("s3://bucket/good.onnx", "not fetched"),
        ("file:good.onnx", "path is not allowed"),
        ("good\0.onnx", "control characters"),
        ("good\n.onnx", "control characters"),
        (&too_long, "at most 255 bytes"),
    ] {
        let error = ModelUrl::parse(url).unwrap_err();
        assert!(error.to_string().contains(reason), "{url:?}: {error}");
    }
}

#[test]
fn a_missing_file_is_named_in_torchserves_words() {
    let (_outer, store) = folders();
    let error = read(&store, "other.onnx").unwrap_err();
    assert_eq!(error.to_string(), "Model not found at: other.onnx");
}

#[test]
fn an_over_large_file_is_not_read() {
    let (outer, store) = folders();
    let file = File::create(outer.path().join("store/large.onnx")).unwrap();
    file.set_len(MODEL_FILE_BYTES_MAX + 1).unwrap();
    assert!(matches!(
        read(&store, "large.onnx"),
        Err(StoreError::TooLarge { .. })
    ));
}

#[test]
fn a_folder_is_not_a_model() {
    let (outer, store) = folders();
    fs::create_dir(outer.path().join("store/folder.onnx")).unwrap();
    assert!(matches!(
        read(&store, "folder.onnx"),
        Err(StoreError::NotAFile { .. })
    ));
}

#[test]
fn all_lists_the_model_files_in_name_order() {
    let (outer, store) = folders();
    let folder = outer.path().join("store");
    for name in [
        "b.onnx",
        "a.onnx",
        "notes.txt",
        ".hidden.onnx",
        "a.onnx.part",
    ] {
        put(&folder.join(name), "");
    }
    fs::create_dir(folder.join("folder.onnx")).unwrap();
    let names: Vec<_> = store
        .all()
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(names, ["a.onnx", "b.onnx", "good.onnx"]);
}

#[test]
fn a_store_that_is_not_a_readable_folder_is_refused_with_its_path() {
    let (outer, _store) = folders();
    for name in ["missing", "secret.onnx"] {
        let path = outer.path().join(name);
        let error = ModelStore::open(&path).unwrap_err();
        assert!(
            error.to_string().contains(path.to_str().unwrap()),
            "{error}"
        );
    }
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_out_of_the_store_is_refused() {
        let (outer, store) = folders();
        let folder = outer.path().join("store");
        symlink(
            outer.path().join("secret.onnx"),
            folder.join("absolute.onnx"),
        )
        .unwrap();
        symlink("../secret.onnx", folder.join("relative.onnx")).unwrap();
        symlink("absolute.onnx", folder.join("chained.onnx")).unwrap();
        symlink("/dev/zero", folder.join("device.onnx")).unwrap();
        for url in [
            "absolute.onnx",
            "relative.onnx",
            "chained.onnx",
            "device.onnx",
        ] {
            assert!(
                matches!(read(&store, url), Err(StoreError::Escape { .. })),
                "{url}"
            );
        }
    }

    #[test]
    fn a_link_to_a_folder_whose_name_begins_like_the_store_is_refused() {
        let (outer, store) = folders();
        let neighbour = outer.path().join("store-secret");
        fs::create_dir(&neighbour).unwrap();
        put(&neighbour.join("secret.onnx"), "secret");
        symlink(
            neighbour.join("secret.onnx"),
            outer.path().join("store/x.onnx"),
        )
        .unwrap();
        assert!(matches!(
            read(&store, "x.onnx"),
            Err(StoreError::Escape { .. })
        ));
    }

    #[test]
    fn a_link_within_the_store_is_followed_as_kubernetes_mounts_need() {
        let (outer, store) = folders();
        let folder = outer.path().join("store");
        fs::create_dir(folder.join("..2026")).unwrap();
        put(&folder.join("..2026/mounted.onnx"), "mounted");
        symlink("..2026", folder.join("..data")).unwrap();
        symlink("..data/mounted.onnx", folder.join("mounted.onnx")).unwrap();
        assert_eq!(read(&store, "mounted.onnx").unwrap(), b"mounted");
    }

    #[test]
    fn a_dangling_link_or_a_link_to_itself_is_an_error() {
        let (outer, store) = folders();
        let folder = outer.path().join("store");
        symlink("nowhere.onnx", folder.join("dangling.onnx")).unwrap();
        symlink("loop.onnx", folder.join("loop.onnx")).unwrap();
        assert!(matches!(
            read(&store, "dangling.onnx"),
            Err(StoreError::NotFound { .. })
        ));
        assert!(matches!(
            read(&store, "loop.onnx"),
            Err(StoreError::Read { .. })
        ));
    }
}

proptest! {
    #[test]
    fn no_url_reads_anything_but_the_file_of_that_name(
        url in prop_oneof![
            "(\\.\\.?/|/|\\\\|store/|[a-z.]{0,3}){0,6}(secret|good)(\\.onnx)?",
            "\\PC{0,20}(\\.onnx)?",
        ]
    ) {
        let (_outer, store) = folders();
        if let Ok(content) = read(&store, &url) {
            prop_assert_eq!(&*url, "good.onnx");
            prop_assert_eq!(content, b"good");
        }
    }
}

/// One thread lets a link lead in and out in turn while another reads through it.
#[test]
fn a_link_that_is_swapped_while_it_is_read_never_leads_out() {
    use std::{
        os::unix::fs::symlink,
        sync::atomic::{AtomicBool, Ordering},
        thread,
    };

    const ROUNDS: usize = 3000;
    let (outer, store) = folders();
    let folder = outer.path().join("store");
    let (link, next) = (folder.join("swapped.onnx"), folder.join("next"));
    symlink("good.onnx", &link).unwrap();
    let is_over = AtomicBool::new(false);
    let (mut inside, mut refused) = (0, 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                for target in ["../secret.onnx", "good.onnx"] {
                    symlink(target, &next).unwrap();
                    fs::rename(&next, &link).unwrap();
                }
            }
        });
        for _ in 0..ROUNDS {
            match read(&store, "swapped.onnx") {
                Ok(content) => {
                    assert_eq!(content, b"good");
                    inside += 1;
                }
                Err(StoreError::Escape { .. }) => refused += 1,
                Err(error) => panic!("{error:?}"),
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert!(inside + refused == ROUNDS);
}

#[test]
fn a_pipe_in_the_store_is_no_model_and_is_not_waited_for() {
    let (outer, store) = folders();
    let pipe = outer.path().join("store/pipe.onnx");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    assert!(matches!(
        read(&store, "pipe.onnx"),
        Err(StoreError::NotAFile {
            found: "a pipe",
            ..
        })
    ));
}
