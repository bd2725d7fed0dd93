//! The table of `tests/README.md`.

use std::{collections::BTreeSet, env, fs, process::Command};

use integration_tests::repository;

/// Every test that the table names is one of this binary. (That the table names a test for every row, a reader has to
/// see.)
#[test]
fn the_table_names_only_tests_that_exist() {
    let list = Command::new(env::current_exe().expect("this binary"))
        .arg("--list")
        .output()
        .expect("this binary runs");
    let list = String::from_utf8(list.stdout).expect("UTF-8");
    let tests: BTreeSet<_> = list
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .collect();
    let readme = fs::read_to_string(repository().join("tests/README.md")).expect("the table");
    // The second column of each row of a table.
    let named: BTreeSet<_> = readme
        .lines()
        .filter(|line| line.starts_with("| "))
        .filter_map(|line| line.rsplit(" | ").next())
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .filter(|name| name.contains("::") && !name.contains(".rs"))
        .collect();

    assert!(named.len() > 100, "{named:#?}");
    let missing: Vec<_> = named.difference(&tests).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}
