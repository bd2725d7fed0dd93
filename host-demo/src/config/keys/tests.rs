use std::collections::BTreeSet;

use super::{NO_EFFECT, TLS};
use crate::config::DECLARATIONS;

const DOCUMENT: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../docs/configuration.md"
));

#[test]
fn the_documentation_names_every_key_that_requires_tls() {
    for key in TLS {
        assert!(DOCUMENT.contains(&format!("`{key}`")), "{key}");
    }
}

#[test]
fn a_key_is_of_one_kind_only() {
    let declared: Vec<&str> = DECLARATIONS.iter().map(|row| row.key).collect();
    let all: Vec<&str> = [&declared, TLS, NO_EFFECT].concat();
    let different: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(different.len(), all.len());
}
