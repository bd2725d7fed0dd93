use std::{ffi::OsStr, path::PathBuf};

use super::{PublicKeySource, first_of_list};

const KEY: &str = "RWQLBrNBsumQXiim5kyC3A24iFRx8bBuRcH99UqH/42QUZc3wrGhDbVe";

#[test]
fn a_public_key_is_told_from_a_file_by_its_form() {
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
fn of_several_folders_of_a_service_the_first_counts() {
    for (paths, first) in [
        ("/run/a", Some("/run/a")),
        ("/run/a:/run/b", Some("/run/a")),
        ("", None),
        ("relative", None),
    ] {
        assert_eq!(first_of_list(OsStr::new(paths)), first.map(PathBuf::from));
    }
}
