//! The tests that documents name.

use std::{collections::BTreeSet, env, fs, process::Command};

use integration_tests::repository;

/// The names of all tests of this binary.
fn tests() -> BTreeSet<String> {
    let list = Command::new(env::current_exe().expect("this binary"))
        .arg("--list")
        .output()
        .expect("this binary runs");
    let list = String::from_utf8(list.stdout).expect("UTF-8");
    list.lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .map(str::to_owned)
        .collect()
}

/// What stands between backticks in a document of the repository.
fn quoted(document: &str) -> Vec<String> {
    let text = fs::read_to_string(repository().join(document)).expect("the document");
    text.lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

/// Every test that the table of `tests/README.md` names is one of this binary. (That the table names a test for every
/// row, a reader has to see.)
#[test]
fn the_table_names_only_tests_that_exist() {
    let tests = tests();
    let mut named = quoted("tests/README.md");
    let modules: BTreeSet<_> = tests
        .iter()
        .filter_map(|test| test.split("::").next())
        .collect();
    named.retain(|name| {
        name.split_once("::")
            .is_some_and(|(module, _)| modules.contains(module))
    });

    assert!(named.len() > 100, "{named:#?}");
    // `plugins::profiles` is the name of a module.
    let exists = |name: &str| tests.contains(name) || is_module(&tests, name);
    named.retain(|name| !exists(name));
    assert!(named.is_empty(), "{named:#?}");
}

/// Every test or module that ARCHITECTURE.md names as `it::..` is there.
#[test]
fn the_architecture_names_only_tests_that_exist() {
    let tests = tests();
    let mut named = quoted("ARCHITECTURE.md");
    named.retain(|name| name.starts_with("it::") && name.len() > "it::".len());

    assert!(named.len() > 5, "{named:#?}");
    named.retain(|name| {
        let name = name.trim_start_matches("it::");
        !tests.contains(name) && !is_module(&tests, name)
    });
    assert!(named.is_empty(), "{named:#?}");
}

fn is_module(tests: &BTreeSet<String>, name: &str) -> bool {
    let start = format!("{name}::");
    tests.iter().any(|test| test.starts_with(&start))
}
