use std::collections::BTreeSet;

use super::{JAVA_KEYSTORE, NO_EFFECT};
use crate::config::declarations;

const DOCUMENT: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../docs/configuration.md"
));

#[test]
fn the_documentation_names_every_key_of_a_java_keystore() {
    for key in JAVA_KEYSTORE {
        assert!(DOCUMENT.contains(&format!("`{key}`")), "{key}");
    }
}

#[test]
fn a_key_is_of_one_kind_only() {
    let declared: Vec<&str> = declarations().map(|row| row.key).collect();
    let all: Vec<&str> = [&declared, JAVA_KEYSTORE, NO_EFFECT].concat();
    let different: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(different.len(), all.len());
}
