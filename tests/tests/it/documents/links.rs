//! Every link, file and test that a document names exists.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use integration_tests::repository;

use super::{
    markdown::{anchors, links, prose, quoted},
    read,
};

/// Cargo's output folders; `target` is also the name of a module.
const BUILT: &str = "CACHEDIR.TAG";

/// Extensions of the files of the repository; files that only a running server has are not among
/// them.
const ENDINGS: [&str; 6] = [".md", ".proto", ".py", ".rs", ".toml", ".txt"];

/// All possible targets of a reference in a document.
struct Targets {
    files: BTreeSet<PathBuf>,
    tests: BTreeSet<String>,
}

impl Targets {
    fn read() -> Self {
        let mut found = Vec::new();
        walk(repository(), &mut found);
        let relative = |path: PathBuf| path.strip_prefix(repository()).map(Path::to_owned);
        let files = found
            .into_iter()
            .map(|path| relative(path).expect("a file of the repository"));
        Self {
            files: files.collect(),
            tests: tests(),
        }
    }

    fn documents(&self) -> impl Iterator<Item = &Path> {
        let is_document = |file: &&PathBuf| file.extension().is_some_and(|ending| ending == "md");
        self.files.iter().filter(is_document).map(PathBuf::as_path)
    }

    /// A document may name a file by the end of its path.
    fn has_file(&self, name: &str) -> bool {
        self.files.iter().any(|file| file.ends_with(name))
    }

    fn has_folder(&self, name: &str) -> bool {
        let mut folders = self.files.iter().flat_map(|file| file.ancestors().skip(1));
        folders.any(|folder| folder.ends_with(name))
    }

    /// A test of this binary, or a module with tests.
    fn has_test(&self, name: &str) -> bool {
        let start = format!("{name}::");
        self.tests.contains(name) || self.tests.iter().any(|test| test.starts_with(&start))
    }

    fn has_quoted(&self, name: &str) -> bool {
        let name = name.trim_start_matches("../");
        let is_path = |letter: char| letter.is_ascii_alphanumeric() || "_-./".contains(letter);
        if let Some(test) = name.strip_prefix("it::") {
            test.is_empty() || self.has_test(test)
        } else if !name.chars().all(is_path) || name.starts_with('/') {
            true
        } else if ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            self.has_file(name)
        } else if name.ends_with('/') {
            self.has_folder(name)
        } else {
            true
        }
    }
}

/// Whether a link of a document refers to a file or a folder, and to a heading if it names one.
fn resolves(document: &Path, text: &str, link: &str) -> bool {
    if link.contains("://") {
        return true;
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = repository().join(document).with_file_name(path);
    if anchor.is_empty() {
        return target.exists();
    }
    let has_anchor = |text: &str| anchors(text).any(|found| found == anchor);
    if path.is_empty() {
        has_anchor(text)
    } else {
        fs::read_to_string(target).is_ok_and(|text| has_anchor(&text))
    }
}

/// What a document names and does not exist.
fn missing<'a>(document: &Path, text: &'a str, targets: &Targets) -> Vec<&'a str> {
    let of_line = |line: &'a str| {
        let broken = links(line).filter(|link| !resolves(document, text, link));
        broken.chain(quoted(line).filter(|name| !targets.has_quoted(name)))
    };
    prose(text).flat_map(of_line).collect()
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

/// The names of all tests of this binary.
fn tests() -> BTreeSet<String> {
    let list = Command::new(env::current_exe().expect("this binary"))
        .arg("--list")
        .output()
        .expect("this binary runs");
    let list = String::from_utf8(list.stdout).expect("UTF-8");
    let names = list.lines().filter_map(|line| line.strip_suffix(": test"));
    names.map(str::to_owned).collect()
}

#[test]
fn every_link_file_and_test_that_a_document_names_exists() {
    let targets = Targets::read();
    let documents: Vec<_> = targets.documents().collect();
    assert!(
        documents.contains(&Path::new("docs/abi.md")),
        "{documents:#?}"
    );
    let missing: Vec<_> = documents
        .into_iter()
        .map(|document| {
            let text = read(document.to_str().expect("UTF-8"));
            let names = missing(document, &text, &targets)
                .into_iter()
                .map(str::to_owned);
            (document, names.collect::<Vec<_>>())
        })
        .filter(|(_, missing)| !missing.is_empty())
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn missing_links_files_and_tests_are_found() {
    let text = "\
[a](abi.md) [b](gone.md) [c](abi.md#how-a-plugin-is-loaded) [d](abi.md#gone) [e](#an-anchor) [f](#gone)\n\
`docs/abi.md`, `docs/gone.md`, `tests/`, `gone/`, `Cargo.toml`, `/etc/gone.toml`, `two words.md`\n\
`it::denied`, `it::denied::gone`\n\
# An anchor\n\
```\n[g](gone.md) `gone.md`\n```\n";
    let missing = missing(Path::new("docs/new.md"), text, &Targets::read());
    assert_eq!(
        missing,
        [
            "gone.md",
            "abi.md#gone",
            "#gone",
            "docs/gone.md",
            "gone/",
            "it::denied::gone"
        ]
    );
}
