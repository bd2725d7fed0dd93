use std::collections::HashMap;

use proptest::prelude::*;

use super::Length;

fn value(text: &str) -> Option<i64> {
    let lengths = HashMap::from([("batch", 3), ("n", 10), ("h-w", 7)]);
    Length::parse(text)?.value(&lengths)
}

#[test]
fn a_term_has_its_value() {
    for (text, expected) in [
        ("12", 12),
        ("batch", 3),
        ("h-w", 7),
        ("batch * n", 30),
        ("2 * batch + 1", 7),
        ("n - 2 - 1", 7),
        ("(n + 2) / 4 + 1", 4),
        ("n * batch / 2", 10),
        ("(n * batch) / 2", 15),
        ("ceil_div(n, 4)", 3),
        ("max(n, batch + 9)", 12),
        ("min(n, batch)", 3),
        ("broadcast(1, n)", 10),
        ("-batch + n", -13),
    ] {
        assert_eq!(value(text), Some(expected), "{text}");
    }
}

#[test]
fn what_no_number_holds_is_the_largest_number() {
    let huge = i64::MAX.to_string();
    assert_eq!(value(&format!("{huge} * n")), Some(i64::MAX));
    assert_eq!(value(&format!("{huge} + n")), Some(i64::MAX));
}

#[test]
fn an_unknown_name_and_a_malformed_term_have_no_value() {
    for text in ["", "unknown_1", "(", "n +", "max(n)", "n n", "n / 0", "a b"] {
        assert_eq!(value(text), None, "{text}");
    }
    assert_eq!(value(&"(".repeat(100_000)), None);
}

#[test]
fn a_term_with_very_many_operations_is_not_read() {
    assert_eq!(value(&format!("n{}", " - 1".repeat(1000))), Some(-990));
    assert_eq!(value(&format!("n{}", " - 1".repeat(1_000_000))), None);
}

proptest! {
    #[test]
    fn no_text_is_a_panic(text in "[ a-c0-9+*/(),-]{0,40}|\\PC{0,20}") {
        let _has_a_value_or_none = value(&text);
    }
}
