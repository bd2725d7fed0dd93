//! The tests, functions and files that documents name.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use integration_tests::repository;

use super::{is_test_or_module, quoted, read, tests};

/// Copies of released contracts: a name that is only there is gone.
const FROZEN_CONTRACTS: &str = "tests/contracts";

/// What cargo puts into the folders that it builds in; `target` is the name of a module, too.
const BUILT: &str = "CACHEDIR.TAG";

/// What the documents name of abi_stable and of the standard library.
const FOREIGN: [&str; 5] = [
    "AbiHeaderRef::upgrade",
    "Ordering::Greater",
    "RootModule::load_from_file",
    "abi_checking.rs",
    "check_fields",
];

/// What the repository holds, without what is built.
struct Files(Vec<(PathBuf, String)>);

impl Files {
    fn read() -> Self {
        let mut found = Vec::new();
        walk(repository(), &mut found);
        assert!(found.len() > 100, "{found:?}");
        let relative = |path: &Path| path.strip_prefix(repository()).map(Path::to_owned);
        let files = found
            .iter()
            .map(|path| (relative(path).expect("of the repository"), path))
            .filter(|(relative, _)| {
                !(relative.starts_with(FROZEN_CONTRACTS) && is_source(relative))
            })
            // Models and images are no text.
            .map(|(relative, path)| (relative, fs::read_to_string(path).unwrap_or_default()));
        Self(files.collect())
    }

    /// Those whose path ends so: a document names a file by as much of its path as a reader needs.
    fn named<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a (PathBuf, String)> {
        self.0.iter().filter(move |(file, _)| file.ends_with(path))
    }

    fn has(&self, path: &str) -> bool {
        let is_folder = |file: &PathBuf| file.ancestors().skip(1).any(|one| one.ends_with(path));
        match path.strip_suffix('/') {
            Some(_) => self.0.iter().any(|(file, _)| is_folder(file)),
            None => self.named(path).next().is_some(),
        }
    }

    /// Whether a source that names the type has a function or a field of this name.
    fn has_member(&self, type_name: &str, member: &str) -> bool {
        let field = format!(" {member}: ");
        let mut sources = self.sources();
        sources.any(|(_, text)| {
            has_word(text, type_name) && (defines(text, &["fn"], member) || text.contains(&field))
        })
    }

    /// Whether a package has a test of this name.
    fn has_test(&self, package: &str, name: &str) -> bool {
        let mut sources = self.sources().filter(|(file, _)| file.starts_with(package));
        sources.any(|(_, text)| is_test(text, name))
    }

    fn sources(&self) -> impl Iterator<Item = &(PathBuf, String)> {
        self.0.iter().filter(|(file, _)| is_source(file))
    }
}

fn is_source(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending == "rs")
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let (path, name) = (entry.path(), entry.file_name());
        if !entry.file_type().expect("its type").is_dir() {
            found.push(path);
        } else if !path.join(BUILT).exists() && name != ".git" {
            walk(&path, found);
        }
    }
}

fn is_part_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|letter| !is_part_of_name(letter))
        .any(|found| found == word)
}

/// Whether one of these keywords stands before the name.
fn defines(text: &str, keywords: &[&str], name: &str) -> bool {
    keywords.iter().any(|keyword| {
        let definition = format!("{keyword} {name}");
        let mut after = text.split(&definition).skip(1);
        after.any(|rest| !rest.starts_with(is_part_of_name))
    })
}

/// Whether a function of this name is marked as a test.
fn is_test(text: &str, name: &str) -> bool {
    let Some((before, _)) = text.split_once(&format!("fn {name}(")) else {
        return false;
    };
    let above = before.rsplit_once('\n').map_or("", |(above, _)| above);
    above
        .lines()
        .rev()
        .take_while(|line| !line.trim().is_empty())
        .any(|line| line.trim() == "#[test]")
}

/// A name of the form `one_two_three`, as tests have it; lints have two words.
fn is_name_of_test(name: &str) -> bool {
    let has_only = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    name.split('_').count() > 2 && name.chars().all(|letter| has_only(letter) || letter == '_')
}

/// The tests that a cell of a table names and that are not there. `it::module::test` sets the module of the names that
/// follow, and the name of a package sets the package.
fn missing_tests<'a>(cell: &'a str, tests: &BTreeSet<String>, files: &Files) -> Vec<&'a str> {
    enum Place<'a> {
        Unknown,
        Module(&'a str),
        Package(&'a str),
    }
    let mut place = Place::Unknown;
    let mut missing = Vec::new();
    for name in quoted(cell) {
        let exists = if let Some(test) = name.strip_prefix("it::") {
            place = Place::Module(test.rsplit_once("::").map_or(test, |(module, _)| module));
            is_test_or_module(tests, test)
        } else if repository().join(name).join("Cargo.toml").is_file() {
            place = Place::Package(name);
            true
        } else if is_name_of_test(name) {
            match place {
                Place::Unknown => false,
                Place::Module(module) => tests.contains(&format!("{module}::{name}")),
                Place::Package(package) => files.has_test(package, name),
            }
        } else {
            true
        };
        if !exists {
            missing.push(name);
        }
    }
    missing
}

/// The last cells of a table with this heading.
fn last_cells<'a>(text: &'a str, heading: &str) -> Vec<&'a str> {
    let rows = text.lines().skip_while(|line| *line != heading).skip(2);
    rows.take_while(|line| line.starts_with('|'))
        .filter_map(|row| row.trim_end_matches('|').rsplit('|').next())
        .collect()
}

/// Whether a quotation of a document, and the file that stands right before it if there is one, are of the repository.
fn exists(files: &Files, file: Option<&str>, name: &str) -> bool {
    if FOREIGN.contains(&name) {
        return true;
    }
    let is_path = |name: &str| {
        let endings = [".rs", ".md", ".txt", ".toml", ".json", ".proto", "/"];
        endings.iter().any(|ending| name.ends_with(ending)) && !name.contains([' ', '*', '<'])
    };
    if is_path(name) && name != "key_file.json" {
        return files.has(name.trim_start_matches("./"));
    }
    let (owner, last) = name.rsplit_once("::").unwrap_or(("", name));
    if !name
        .chars()
        .all(|letter| is_part_of_name(letter) || letter == ':')
    {
        return true;
    }
    match file.filter(|file| file.ends_with(".rs")) {
        Some(file) => files.named(file).any(|(_, text)| {
            defines(text, &["fn", "struct", "enum", "trait", "mod"], last)
                && (owner.is_empty() || has_word(text, owner))
        }),
        None if owner.starts_with(char::is_uppercase) => files.has_member(owner, last),
        None => true,
    }
}

/// Everything that a document names and that is not there.
fn missing<'a>(text: &'a str, files: &Files) -> (usize, Vec<&'a str>) {
    let (mut named, mut missing) = (0, Vec::new());
    for line in text.lines() {
        let pieces: Vec<_> = line.split('`').collect();
        let mut file = None;
        for pair in pieces.chunks(2) {
            let [between, name] = pair else { continue };
            let before = file.filter(|_| *between == " ");
            named += usize::from(name.contains(['/', ':', '.']) || before.is_some());
            if !exists(files, before, name) {
                missing.push(*name);
            }
            file = Some(*name);
        }
    }
    (named, missing)
}

/// Every test that ARCHITECTURE.md and SECURITY.md name in their tables is there, in this binary or in the package that
/// is named before it.
#[test]
fn tables_name_only_tests_that_exist() {
    let (tests, files) = (tests(), Files::read());
    for (document, heading) in [
        ("ARCHITECTURE.md", "| never | held by |"),
        ("SECURITY.md", "| in TorchServe | test |"),
    ] {
        let text = read(document);
        let cells = last_cells(&text, heading);
        assert!(cells.len() > 15, "{document}: {cells:#?}");
        let missing: Vec<_> = cells
            .iter()
            .flat_map(|cell| missing_tests(cell, &tests, &files))
            .collect();
        assert!(missing.is_empty(), "{document}: {missing:#?}");
    }
}

/// Every file, and every function by its type or its file, that ARCHITECTURE.md and docs/abi.md name is there.
#[test]
fn documents_name_only_files_and_functions_that_exist() {
    let files = Files::read();
    for document in ["ARCHITECTURE.md", "docs/abi.md"] {
        let text = read(document);
        let (named, missing) = missing(&text, &files);
        assert!(named > 20, "{document}: {named}");
        assert!(missing.is_empty(), "{document}: {missing:#?}");
    }
}

#[test]
fn what_is_gone_is_found_missing() {
    let files = Files::read();
    let text = "`reload.rs` `Reloader::reload`, `Plugins::unload`, `server/nothing.rs`, `auth.rs` `no_such`";
    let (_, missing) = missing(text, &files);
    assert_eq!(missing, ["Plugins::unload", "server/nothing.rs", "no_such"]);

    let cell = "`it::denied::no_such_test`, `host-demo`: `only_the_verdict_allow_allows`, `no_such_unit_test`";
    let missing = missing_tests(cell, &tests(), &files);
    assert_eq!(missing, ["it::denied::no_such_test", "no_such_unit_test"]);
}
