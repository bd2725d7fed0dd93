use std::{ffi::OsStr, path::PathBuf};

use super::{PublicKeySource, first_of_list};

const KEY: &str = "RWQLBrNBsumQXiim5kyC3A24iFRx8bBuRcH99UqH/42QUZc3wrGhDbVe";

#[test]
fn a_public_key_and_a_file_are_distinguished_by_their_form() {
    assert!(matches!(KEY.parse(), Ok(PublicKeySource::Key(_))));
    for path in ["key.pub", "/etc/key.pub", &KEY[1..]] {
        assert_eq!(path.parse(), Ok(PublicKeySource::File(PathBuf::from(path))));
    }
    for text in ["", "a\0b"] {
        assert_eq!(
            text.parse::<PublicKeySource>(),
            Err("a public key of minisign or a file that holds it")
        );
    }
}

#[test]
fn the_first_of_several_runtime_folders_is_used() {
    for (paths, first) in [
        ("/run/a", Some("/run/a")),
        ("/run/a:/run/b", Some("/run/a")),
        ("", None),
        ("relative", None),
    ] {
        assert_eq!(first_of_list(OsStr::new(paths)), first.map(PathBuf::from));
    }
}
