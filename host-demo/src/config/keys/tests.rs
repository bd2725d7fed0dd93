use std::collections::BTreeSet;

use super::{NO_EFFECT, OWN, TLS, TOKEN_PLUGIN};

const DOCUMENT: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../docs/configuration.md"
));

/// The lines of one section of the document.
fn section(title: &str) -> impl Iterator<Item = &'static str> {
    let heading = format!("## {title}");
    DOCUMENT
        .lines()
        .skip_while(move |line| *line != heading)
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
}

/// The key of a table's row.
fn key(row: &'static str) -> Option<&'static str> {
    let (key, _) = row.strip_prefix("| `")?.split_once('`')?;
    Some(key)
}

#[test]
fn the_documentation_lists_exactly_the_keys_that_have_an_effect() {
    let listed: Vec<&str> = section("Settings").filter_map(key).collect();
    let known: BTreeSet<&str> = OWN.iter().chain(TOKEN_PLUGIN).copied().collect();
    assert_eq!(listed.iter().copied().collect::<BTreeSet<_>>(), known);
    assert_eq!(listed.len(), known.len(), "a key is listed twice");
}

#[test]
fn the_documentation_names_every_key_that_asks_for_tls() {
    for key in TLS {
        assert!(DOCUMENT.contains(&format!("`{key}`")), "{key}");
    }
}

#[test]
fn a_key_is_of_one_kind_only() {
    let all: Vec<&str> = [OWN, TOKEN_PLUGIN, TLS, NO_EFFECT].concat();
    let different: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(different.len(), all.len());
}
