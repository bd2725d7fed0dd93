use std::path::Path;

use minisign_verify::PublicKey;

use super::{Signer, path_of};
use crate::plugins::test_support::{folder, rules, set_mode, write};

// A pair of keys for these tests only.
pub(in crate::plugins) const KEY: &str = "RWQLBrNBsumQXiim5kyC3A24iFRx8bBuRcH99UqH/42QUZc3wrGhDbVe";
const OTHER_KEY: &str = "RWTKsCq1O0+0l+XSs4Ybfyr/2d5vmKvrO+meqDNbwH2dUjR4N9zu1Ohe";
pub(in crate::plugins) const SIGNED: &[u8] = b"what was signed\n";
pub(in crate::plugins) const SIGNATURE: &str = "\
untrusted comment: signature of a test
RUQLBrNBsumQXpbHWFg5RcUCPXjV/syasDSOV9rE+m1wa2GFU4YKovctI+ySAmgan1OF3+sn3ny5248oP8hweCfEk68Rh/aHkw8=
trusted comment: file:signed.txt
Vixq5Igp8tofxGXy/ZTJADBuv57AoqlVC6o4ilhJLcp7AiglvgDwYkGw8NtEdz7VE9tKK2jsPwTQCsuGBN8RDg==
";

fn read(path: &Path) -> Result<Signer, String> {
    Signer::read(path, &rules()).map_err(|error| error.to_string())
}

fn check(key: &str, bytes: &[u8], signature: &str) -> Result<(), String> {
    check_by(
        &Signer::new(PublicKey::from_base64(key).unwrap()),
        bytes,
        signature,
    )
}

fn check_by(signer: &Signer, bytes: &[u8], signature: &str) -> Result<(), String> {
    signer
        .check(bytes, signature.as_bytes(), Path::new("x.so.minisig"))
        .map_err(|error| error.to_string())
}

#[test]
fn a_signature_of_these_bytes_with_this_key_is_valid() {
    assert_eq!(check(KEY, SIGNED, SIGNATURE), Ok(()));
}

#[test]
fn a_changed_file_does_not_match_its_signature() {
    let wrong = "its signature x.so.minisig does not match: expected a signature of exactly these bytes: \
                 copy both files again, or remove them";
    assert_eq!(
        check(KEY, b"what was signe\n", SIGNATURE).unwrap_err(),
        wrong
    );
    assert_eq!(check(KEY, b"", SIGNATURE).unwrap_err(), wrong);
    let comment_changed = SIGNATURE.replace("file:signed.txt", "file:other.txt");
    assert_eq!(check(KEY, SIGNED, &comment_changed).unwrap_err(), wrong);
}

#[test]
fn a_signature_with_another_key_is_refused() {
    assert_eq!(
        check(OTHER_KEY, SIGNED, SIGNATURE).unwrap_err(),
        "its signature x.so.minisig was made with another key: expected the key of \
         --plugins-public-key: sign the file with that key, or remove it"
    );
}

#[test]
fn a_signature_in_the_legacy_format_is_refused() {
    // The second letter says whether the hash or the file was signed.
    let legacy = SIGNATURE.replace("\nRUQ", "\nRWQ");
    assert!(
        check(KEY, SIGNED, &legacy)
            .unwrap_err()
            .starts_with("its signature x.so.minisig has minisign's legacy format")
    );
}

#[test]
fn a_file_that_is_not_a_signature_is_refused() {
    for text in ["", "\n\n\n\n", "hello", &SIGNATURE[..150], KEY] {
        assert_eq!(
            check(KEY, SIGNED, text).unwrap_err(),
            "x.so.minisig is not a signature: expected the output of minisign -S: sign the file again"
        );
    }
}

#[test]
fn a_key_is_read_from_a_file_that_others_cannot_write() {
    let folder = folder();
    let path = folder.path().join("key.pub");
    write(
        &path,
        format!("untrusted comment: a key\n{KEY}\n").as_bytes(),
    );
    let signer = read(&path).unwrap();
    assert_eq!(check_by(&signer, SIGNED, SIGNATURE), Ok(()));
    set_mode(&path, 0o666);
    let error = read(&path).unwrap_err();
    assert!(error.starts_with("mode 0666: "), "{error}");
    write(&path, b"no key\n");
    assert_eq!(
        read(&path).unwrap_err(),
        "not a public key: expected the .pub file that minisign -G writes"
    );
    // A mistyped key is taken for the name of a file.
    assert_eq!(
        read(Path::new(&KEY[1..])).unwrap_err(),
        "No such file or directory (os error 2): expected a public key of minisign in base64, or a \
         file that contains it"
    );
}

#[test]
fn the_signature_is_expected_beside_the_file() {
    assert_eq!(path_of(Path::new("/p/a.so")), Path::new("/p/a.so.minisig"));
}
