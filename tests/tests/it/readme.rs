//! What the documents say that can be held against the repository.

use std::{collections::BTreeSet, env, fs, process::Command};

use integration_tests::repository;

mod names;
mod shown;

/// A document of the repository.
fn read(document: &str) -> String {
    fs::read_to_string(repository().join(document)).expect("the document")
}

/// What stands between backticks in a line.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

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

/// Whether it is the name of a test, or of a module with tests.
fn is_test_or_module(tests: &BTreeSet<String>, name: &str) -> bool {
    let start = format!("{name}::");
    tests.contains(name) || tests.iter().any(|test| test.starts_with(&start))
}

/// Every test that the table of `tests/README.md` names is one of this binary. (That the table names a test for every
/// row, a reader has to see.)
#[test]
fn the_table_names_only_tests_that_exist() {
    let tests = tests();
    let text = read("tests/README.md");
    let modules: BTreeSet<_> = tests
        .iter()
        .filter_map(|test| test.split("::").next())
        .collect();
    let is_of_this_binary = |name: &&str| {
        name.split_once("::")
            .is_some_and(|(module, _)| modules.contains(module))
    };
    let mut named: Vec<_> = text
        .lines()
        .flat_map(quoted)
        .filter(is_of_this_binary)
        .collect();

    assert!(named.len() > 100, "{named:#?}");
    named.retain(|name| !is_test_or_module(&tests, name));
    assert!(named.is_empty(), "{named:#?}");
}
