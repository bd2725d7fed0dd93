use std::fs;

use super::in_folder;
use crate::repository;

#[test]
fn each_target_is_built_and_has_a_corpus_and_a_row_in_the_document() {
    let folder = repository::root().join("fuzz");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let document = fs::read_to_string(repository::root().join("docs/fuzzing.md")).unwrap();
    let targets = in_folder(&folder).unwrap();
    assert!(targets.len() > 10, "{targets:?}");
    for target in &targets {
        let path = format!("path = \"fuzz_targets/{target}.rs\"");
        assert!(manifest.contains(&path), "fuzz/Cargo.toml: {path}");
        let corpus = folder.join("corpus").join(target.name());
        let inputs = fs::read_dir(&corpus).map_or(0, Iterator::count);
        assert!(inputs > 0, "{}: no inputs", corpus.display());
        let row = format!("| `{target}` |");
        assert!(document.contains(&row), "docs/fuzzing.md: {row}");
    }
    assert_eq!(manifest.matches("[[bin]]").count(), targets.len());
}
