use java_properties::{LineContent, PropertiesIter};
use proptest::prelude::*;

use super::{Property, SyntaxError, SyntaxProblem, parse};

fn pairs(text: &str) -> Vec<(String, String, usize)> {
    let properties = parse(text).unwrap();
    properties
        .into_iter()
        .map(|Property { key, value, line }| (key, value, line))
        .collect()
}

#[test]
fn every_form_of_an_entry_is_read_as_java_reads_it() {
    #[rustfmt::skip]
    let table: &[(&str, &[_])] = &[
        ("", &[]),
        ("a=b", &[("a", "b", 1)]),
        ("a:b", &[("a", "b", 1)]),
        ("a b", &[("a", "b", 1)]),
        ("a\tb", &[("a", "b", 1)]),
        ("  \t\x0ca  =  b c ", &[("a", "b c ", 1)]),
        ("a==b", &[("a", "=b", 1)]),
        ("a = : b", &[("a", ": b", 1)]),
        ("a", &[("a", "", 1)]),
        ("a=", &[("a", "", 1)]),
        ("=b", &[("", "b", 1)]),
        ("a\\=b\\:c\\ d=e", &[("a=b:c d", "e", 1)]),
        ("a\\\\=b", &[("a\\", "b", 1)]),
        ("a=1\nb=2\r\nc=3\rd=4", &[("a", "1", 1), ("b", "2", 2), ("c", "3", 3), ("d", "4", 4)]),
        ("# note\n! note\n\n   # note\na=1", &[("a", "1", 5)]),
        ("a=1\\\n   ,2\\\n\t,3\nb=4", &[("a", "1,2,3", 1), ("b", "4", 4)]),
        ("a=1\\\n#2\nb=3", &[("a", "1#2", 1), ("b", "3", 3)]),
        ("# note\\\na=1", &[("a", "1", 2)]),
        ("a=1\\\n\nb=2", &[("a", "1", 1), ("b", "2", 3)]),
        ("a=1\\\\\nb=2", &[("a", "1\\", 1), ("b", "2", 2)]),
        ("\\\n\na=1", &[("a", "1", 3)]),
        ("\\\n#a=1\\\nb=2", &[("b", "2", 3)]),
        ("a\\\nb=1", &[("ab", "1", 1)]),
        ("a=\\t\\n\\r\\f\\z\\\"", &[("a", "\t\n\r\x0cz\"", 1)]),
        ("a=\\u00e9\\u0041", &[("a", "\u{e9}A", 1)]),
        ("a=\\uD83D\\uDE00", &[("a", "\u{1f600}", 1)]),
        ("a=\\u00\\\n  e9", &[("a", "\u{e9}", 1)]),
        ("a=C:\\models", &[("a", "C:models", 1)]),
        ("a=\u{fc}\u{4e2d}", &[("a", "\u{fc}\u{4e2d}", 1)]),
    ];
    for (text, expected) in table {
        let read = pairs(text);
        let read: Vec<(&str, &str, usize)> = read
            .iter()
            .map(|(key, value, line)| (key.as_str(), value.as_str(), *line))
            .collect();
        assert_eq!(&read, expected, "{text:?}");
    }
}

#[test]
fn an_entry_that_ends_in_a_backslash_at_the_end_of_the_file_is_kept() {
    assert_eq!(
        pairs("a=1\nrequire_token_authorization=true\\"),
        [
            ("a".to_owned(), "1".to_owned(), 1),
            (
                "require_token_authorization".to_owned(),
                "true".to_owned(),
                2
            )
        ]
    );
}

#[test]
fn a_comment_may_contain_a_malformed_escape() {
    assert_eq!(
        pairs("# C:\\users\na=1"),
        [("a".to_owned(), "1".to_owned(), 2)]
    );
}

#[test]
fn a_bad_unicode_escape_is_an_error_with_its_line() {
    let table = [
        ("a=1\nb=\\u12", SyntaxProblem::Escape),
        ("a=1\nb=\\u12g4", SyntaxProblem::Escape),
        ("a=1\nb=\\u+123", SyntaxProblem::Escape),
        ("a=1\nb=C:\\users", SyntaxProblem::Escape),
        ("a=1\nb=\\u12\u{e9}\u{e9}", SyntaxProblem::Escape),
        ("a=1\nb=\\uD83D", SyntaxProblem::Surrogate),
        ("a=1\nb=\\uD83Dx", SyntaxProblem::Surrogate),
        ("a=1\nb=\\uDE00\\uD83D", SyntaxProblem::Surrogate),
        ("a=1\nb\\uZZZZ=x", SyntaxProblem::Escape),
    ];
    for (text, problem) in table {
        assert_eq!(
            parse(text),
            Err(SyntaxError { line: 2, problem }),
            "{text:?}"
        );
    }
}

/// Writes text so that a reader of this syntax gives it back.
fn escape(text: &str, is_key: bool) -> String {
    let mut escaped = String::new();
    for (index, character) in text.chars().enumerate() {
        match character {
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            '\x0c' => escaped.push_str("\\f"),
            '\\' | '=' | ':' | '#' | '!' => escaped.extend(['\\', character]),
            ' ' if is_key || index == 0 => escaped.push_str("\\ "),
            character if !character.is_ascii() => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    escaped.push_str(&format!("\\u{unit:04x}"));
                }
            }
            character => escaped.push(character),
        }
    }
    escaped
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>()) {
        let _ = parse(&text);
    }

    #[test]
    fn no_mix_of_special_characters_makes_the_reader_panic(text in r"[a\\u0D8 =:#!\t\x0c\r\n\u{e9}]{0,60}") {
        let _ = parse(&text);
    }

    #[test]
    fn what_is_written_is_read_back(
        entries in prop::collection::vec((".{1,20}", any::<String>()), 0..8)
    ) {
        let text: String = entries
            .iter()
            .map(|(key, value)| format!("{}={}\n", escape(key, true), escape(value, false)))
            .collect();
        let expected: Vec<Property> = entries
            .iter()
            .zip(1..)
            .map(|((key, value), line)| Property { key: key.clone(), value: value.clone(), line })
            .collect();
        prop_assert_eq!(parse(&text), Ok(expected));
    }

    // That crate agrees with Java without `u`, if the last line is terminated, and if no line
    // consists of a backslash only.
    #[test]
    fn another_reader_of_the_syntax_agrees(text in r"[ab\\ =:#!\t\x0c\r\n]{0,40}") {
        let text = text + "\n";
        let is_bare = |line: &str| line.trim() == "\\";
        if text.split(['\n', '\r']).any(is_bare) {
            return Ok(());
        }
        let mut expected = Vec::new();
        for item in PropertiesIter::new(text.as_bytes()) {
            let item = item.unwrap();
            if let LineContent::KVPair(key, value) = item.content() {
                let (key, value, line) = (key.clone(), value.clone(), item.line_number());
                expected.push(Property { key, value, line });
            }
        }
        prop_assert_eq!(parse(&text), Ok(expected));
    }
}
