use std::{error::Error as _, ffi::OsString, io::Write};

use proptest::prelude::*;
use tempfile::NamedTempFile;

use super::{FILE_BYTES_MAX, next_variable, read};
use crate::config::error::ConfigWarning;

fn file(content: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    file
}

fn environment(name: &str) -> Option<OsString> {
    match name {
        "HOME_DIR" => Some("/home/a".into()),
        "EMPTY" => Some("".into()),
        "DOLLARS" => Some("$$HOME_DIR$$".into()),
        "LARGE" => Some("x".repeat(FILE_BYTES_MAX / 2).into()),
        _ => None,
    }
}

fn values(content: &[u8]) -> Vec<String> {
    let (properties, _) = read(file(content).path(), &environment).unwrap();
    properties
        .into_iter()
        .map(|property| property.value)
        .collect()
}

/// The text of the error with the file's own path as `FILE`.
fn error(content: &[u8]) -> String {
    let file = file(content);
    let error = read(file.path(), &environment).unwrap_err();
    let reason = error.source().map(|reason| format!(": {reason}"));
    format!("{error}{}", reason.unwrap_or_default())
        .replace(&file.path().display().to_string(), "FILE")
}

#[test]
fn variables_between_dollar_signs_are_replaced_as_in_torchserve() {
    for (text, expected) in [
        ("a=$$HOME_DIR$$", "/home/a"),
        ("a=x$$HOME_DIR$$/y$$HOME_DIR$$z", "x/home/a/y/home/az"),
        ("a=$$EMPTY$$", ""),
        ("a=$$DOLLARS$$", "$$HOME_DIR$$"),
        ("a=$$$HOME_DIR$$", "$/home/a"),
        ("a=$$HOME_DIR$", "$$HOME_DIR$"),
        ("a=$$5$ $$HOME_DIR$$", "$$5$ /home/a"),
        ("a=$HOME_DIR ${HOME_DIR} $$", "$HOME_DIR ${HOME_DIR} $$"),
        ("a=$$$$", "$$$$"),
    ] {
        assert_eq!(values(text.as_bytes()), [expected], "{text}");
    }
}

#[test]
fn a_byte_order_mark_is_not_part_of_the_first_key() {
    let file = file("\u{feff}a=1\n".as_bytes());
    let (properties, _) = read(file.path(), &environment).unwrap();
    assert_eq!(properties.first().unwrap().key, "a");
}

#[test]
fn the_last_of_equal_keys_overrides_and_both_lines_are_named() {
    let file = file(b"a=1\nb=2\na=3\na=4\n");
    let (properties, warnings) = read(file.path(), &environment).unwrap();
    let read: Vec<_> = properties
        .iter()
        .map(|property| (property.key.as_str(), property.value.as_str()))
        .collect();
    assert_eq!(read, [("b", "2"), ("a", "4")]);
    let warnings: Vec<String> = warnings.iter().map(ConfigWarning::to_string).collect();
    let path = file.path().display();
    assert_eq!(
        warnings,
        [
            format!("{path}:3: \"a\" is set again; line 1 is ignored"),
            format!("{path}:4: \"a\" is set again; line 3 is ignored")
        ]
    );
}

#[test]
fn every_error_of_the_file_names_file_and_line() {
    for (content, expected) in [
        (
            &b"a=1\nb=\\u12\n"[..],
            "FILE:2: \\u needs four hexadecimal digits after it (a backslash itself is written \\\\)",
        ),
        (
            b"a=1\n\nb=M\xfcller\n",
            "FILE:3: not UTF-8; save the file as UTF-8 or write the character as \\uXXXX",
        ),
        (
            b"a=1\nb=$$NOT_THERE$$\n",
            "FILE:2: b: environment variable \"NOT_THERE\" is not set",
        ),
        (
            b"a=1\nmy_password=pa$$ss$$word\n",
            "FILE:2: my_password: environment variable \"...\" is not set",
        ),
        (
            b"a=$$LARGE$$\nb=$$LARGE$$\nc=x\n",
            "FILE:3: c: more than 1048576 bytes after replacing environment variables",
        ),
        (
            b"a=$$LARGE$$$$LARGE$$$$LARGE$$\n",
            "FILE:1: a: more than 1048576 bytes after replacing environment variables",
        ),
    ] {
        assert_eq!(error(content), expected);
    }
}

#[test]
fn a_file_of_exactly_the_limit_is_read_and_one_byte_more_is_not() {
    let mut content = vec![b'#'; FILE_BYTES_MAX];
    assert_eq!(values(&content), [""; 0]);
    content.push(b'#');
    assert_eq!(
        error(&content),
        "configuration file FILE cannot be read: 1048577 bytes: expected at most 1048576"
    );
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf_8_is_an_error() {
    use std::os::unix::ffi::OsStringExt;

    let file = file(b"a=$$RAW$$");
    let raw = |_: &str| Some(OsString::from_vec(vec![0xff]));
    let error = read(file.path(), &raw).unwrap_err().to_string();
    assert_eq!(
        error,
        format!("{}:1: a: the value is not UTF-8", file.path().display())
    );
}

proptest! {
    #[test]
    fn looking_for_a_variable_never_loses_text(text in r"[$ab\u{e9}]{0,40}") {
        if let Some((before, name, after)) = next_variable(&text) {
            prop_assert!(!name.is_empty() && !name.contains('$'));
            prop_assert_eq!(format!("{before}$${name}$${after}"), text);
        }
    }
}
