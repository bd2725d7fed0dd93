use std::io::Write;

use plugin_api::Verdict;
use tempfile::TempDir;

use super::*;

const M: &str = "management-key-01";
const I: &str = "inference-key-012";
const A: &str = "api-key-012345678";

fn put(folder: &Path, files: &[(&str, &str)]) {
    for (name, content) in files {
        let mut file = File::create(folder.join(name)).unwrap();
        file.write_all(content.as_bytes()).unwrap();
    }
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    put(folder.path(), files);
    folder
}

fn error(folder: &TempDir) -> String {
    let text = read(folder.path()).unwrap_err().to_string();
    let text = text.replace(folder.path().to_str().unwrap(), "FOLDER");
    for key in [M, I, A] {
        assert!(!text.contains(key), "{text}");
    }
    text
}

#[test]
fn each_file_contains_the_key_of_its_name() {
    let folder = folder(&[("management", M), ("inference", I), ("api", A)]);
    let keys = read(folder.path()).unwrap();
    for (key, kind) in [
        (M, TokenType::MANAGEMENT),
        (I, TokenType::INFERENCE),
        (A, TokenType::TOKEN),
    ] {
        assert_eq!(keys.check(key.as_bytes(), kind), Verdict::ALLOW, "{kind}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let folder = folder(&[("management", M), ("api", A)]);
    let text = error(&folder);
    assert!(
        text.starts_with("FOLDER/inference: the key cannot be read: "),
        "{text}"
    );
}

#[test]
fn a_missing_folder_is_named() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("missing");
    let text = read(&missing).unwrap_err().to_string();
    assert!(text.contains("missing/management: "), "{text}");
}

#[test]
fn a_folder_in_place_of_a_file_is_refused() {
    let folder = folder(&[("management", M), ("inference", I)]);
    fs::create_dir(folder.path().join("api")).unwrap();
    assert_eq!(
        error(&folder),
        "FOLDER/api: expected a file with a key in it"
    );
}

#[test]
fn an_empty_file_is_named_with_what_would_be_right() {
    let folder = folder(&[("management", M), ("inference", ""), ("api", A)]);
    assert_eq!(
        error(&folder),
        "FOLDER/inference: the key is too short: expected at least 16 characters"
    );
}

#[test]
fn a_large_file_is_not_read_completely() {
    let large = "k".repeat(1 << 20);
    let folder = folder(&[("management", &large), ("inference", I), ("api", A)]);
    assert_eq!(
        error(&folder),
        "FOLDER/management: the key is too long: expected at most 512 characters"
    );
    let content = read_file(&folder.path().join("management"))
        .unwrap()
        .unwrap();
    assert_eq!((content.len(), content.capacity()), (515, BUFFER_BYTES));
}

#[test]
fn one_key_in_two_files_is_refused() {
    let folder = folder(&[("management", M), ("inference", I), ("api", I)]);
    assert_eq!(
        error(&folder),
        "FOLDER: the files inference and api contain the same key: expected three different keys"
    );
}

#[cfg(unix)]
mod a_mounted_secret {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A volume as the kubelet lays it out.
    fn mount(files: &[(&str, &str)]) -> TempDir {
        let volume = TempDir::new().unwrap();
        replace(&volume, "..2026_11_23_10_00_00.1", files);
        for name in ["management", "inference", "api"] {
            symlink(format!("..data/{name}"), volume.path().join(name)).unwrap();
        }
        volume
    }

    fn replace(volume: &TempDir, generation: &str, files: &[(&str, &str)]) {
        let old = fs::read_link(volume.path().join("..data"));
        fs::create_dir(volume.path().join(generation)).unwrap();
        put(&volume.path().join(generation), files);
        symlink(generation, volume.path().join("..data_tmp")).unwrap();
        fs::rename(
            volume.path().join("..data_tmp"),
            volume.path().join("..data"),
        )
        .unwrap();
        if let Ok(old) = old {
            fs::remove_dir_all(volume.path().join(old)).unwrap();
        }
    }

    #[test]
    fn is_read_and_read_again_after_its_replacement() {
        let volume = mount(&[("management", M), ("inference", I), ("api", A)]);
        let keys = read(volume.path()).unwrap();
        assert_eq!(
            keys.check(I.as_bytes(), TokenType::INFERENCE),
            Verdict::ALLOW
        );

        let next = "next-inference-key";
        replace(
            &volume,
            "..2026_11_23_10_05_00.2",
            &[("management", M), ("inference", next), ("api", A)],
        );
        let keys = read(volume.path()).unwrap();
        assert_eq!(
            keys.check(I.as_bytes(), TokenType::INFERENCE),
            Verdict::DENY_INVALID
        );
        assert_eq!(
            keys.check(next.as_bytes(), TokenType::INFERENCE),
            Verdict::ALLOW
        );
    }

    #[test]
    fn is_never_read_as_a_mixture() {
        let volume = mount(
            &generation_files(0)
                .each_ref()
                .map(|(n, c)| (*n, c.as_str())),
        );
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for number in 1..200 {
                    let files = generation_files(number);
                    let files = files
                        .each_ref()
                        .map(|(name, content)| (*name, content.as_str()));
                    replace(&volume, &format!("..generation_{number}"), &files);
                }
            });
            while !writer.is_finished() {
                let Ok(keys) = read(volume.path()) else {
                    continue;
                };
                let whole = (0..200).any(|number| {
                    let [management, inference, api] = generation_files(number).map(|(_, key)| key);
                    keys.check(management.as_bytes(), TokenType::MANAGEMENT)
                        .allows()
                        && keys
                            .check(inference.as_bytes(), TokenType::INFERENCE)
                            .allows()
                        && keys.check(api.as_bytes(), TokenType::TOKEN).allows()
                });
                assert!(whole);
            }
        });
        let [(_, management), ..] = generation_files(199);
        let keys = read(volume.path()).unwrap();
        assert_eq!(
            keys.check(management.as_bytes(), TokenType::MANAGEMENT),
            Verdict::ALLOW
        );
    }

    fn generation_files(number: u32) -> [(&'static str, String); 3] {
        ["management", "inference", "api"].map(|name| (name, format!("{name}-key-{number:08}")))
    }
}
