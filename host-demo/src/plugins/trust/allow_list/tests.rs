use std::ffi::OsStr;

use proptest::{collection::vec, prelude::*};

use super::{AllowList, parse};
use crate::plugins::{
    digest::Sha256,
    test_support::{folder, listed, rules, set_mode, write},
};

const DIGEST: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn list(text: &str) -> AllowList {
    AllowList {
        path: "list".into(),
        digests: parse(text.as_bytes()).unwrap(),
    }
}

fn check(list: &AllowList, name: &str, bytes: &[u8]) -> Result<(), String> {
    list.check(OsStr::new(name), Sha256::of(bytes))
        .map_err(|error| error.to_string())
}

#[test]
fn the_output_of_sha256sum_is_read() {
    for text in [
        format!("{DIGEST}  a.so\n"),
        format!("{DIGEST}  a.so"),
        format!("{DIGEST} *a.so\r\n"),
        format!("# plugins\n\n  \n{}  a.so\n", DIGEST.to_uppercase()),
    ] {
        assert_eq!(check(&list(&text), "a.so", b"abc"), Ok(()), "{text}");
    }
    let text = format!("{DIGEST}  with two  spaces.so");
    assert_eq!(check(&list(&text), "with two  spaces.so", b"abc"), Ok(()));
}

#[test]
fn a_line_in_another_form_is_named_with_its_number() {
    for (line, problem) in [
        (DIGEST.to_owned(), "missing two spaces after the sha256"),
        (
            format!("{DIGEST} a.so"),
            "missing two spaces after the sha256",
        ),
        (
            format!("{DIGEST}\ta.so"),
            "missing two spaces after the sha256",
        ),
        (format!("{DIGEST}  "), "missing file name"),
        (
            format!("{DIGEST}  plugins/a.so"),
            "a file name with a folder",
        ),
        (
            format!("\\{DIGEST}  a\\nb.so"),
            "a file name with special characters",
        ),
        (format!("SHA256 (a.so) = {DIGEST}"), "missing sha256"),
        (format!("{}  a.so", &DIGEST[1..]), "missing sha256"),
        ("é".repeat(40), "missing sha256"),
        ("a.so".to_owned(), "missing sha256"),
    ] {
        let text = format!("# first line\n{line}\n");
        assert_eq!(
            parse(text.as_bytes()).unwrap_err().to_string(),
            format!(
                "line 2: {problem}: expected <64 hexadecimal digits>  <file name>, as printed by \
                 sha256sum in the plugins folder"
            )
        );
    }
    assert!(
        parse(b"\xff\n")
            .unwrap_err()
            .to_string()
            .contains("line 1: not UTF-8")
    );
}

#[test]
fn a_file_that_is_not_listed_is_refused_with_the_line_that_would_allow_it() {
    let list = list(&listed("a.so", b"abc"));
    let found = Sha256::of(b"other");
    assert_eq!(
        check(&list, "b.so", b"other").unwrap_err(),
        format!("not listed in list: remove the file, or add the line \"{found}  b.so\"")
    );
    assert_eq!(
        check(&list, "a.so", b"other").unwrap_err(),
        format!(
            "its sha256 is {found}: expected {DIGEST}, as listed in list: restore the listed \
             file, or list this digest too"
        )
    );
}

#[test]
fn two_builds_of_one_file_may_be_listed() {
    let list = list(&[listed("a.so", b"old"), listed("a.so", b"new")].concat());
    assert_eq!(check(&list, "a.so", b"old"), Ok(()));
    assert_eq!(check(&list, "a.so", b"new"), Ok(()));
    assert!(check(&list, "a.so", b"another").is_err());
}

#[test]
fn an_empty_list_allows_nothing() {
    assert!(check(&list(""), "a.so", b"abc").is_err());
}

#[test]
fn a_list_that_others_can_write_is_refused() {
    let folder = folder();
    let path = folder.path().join("allow");
    write(&path, listed("a.so", b"abc").as_bytes());
    assert_eq!(
        check(&AllowList::read(&path, &rules()).unwrap(), "a.so", b"abc"),
        Ok(())
    );
    set_mode(&path, 0o664);
    let error = AllowList::read(&path, &rules()).unwrap_err().to_string();
    assert!(error.starts_with("mode 0664: "), "{error}");
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in vec(any::<u8>(), 0..400)) {
        let _ = parse(&text);
    }

    #[test]
    fn every_list_is_read_back(
        entries in vec(("[a-z. ]{0,20}\\.so", any::<[u8; 4]>()), 0..20),
        is_binary: bool,
    ) {
        let marker = if is_binary { " *" } else { "  " };
        let text: String = entries
            .iter()
            .map(|(name, bytes)| format!("{}{marker}{name}\n", Sha256::of(bytes)))
            .collect();
        let list = list(&text);
        for (name, bytes) in &entries {
            prop_assert_eq!(check(&list, name, bytes), Ok(()));
            prop_assert!(check(&list, name, b"longer than those").is_err());
        }
    }
}
