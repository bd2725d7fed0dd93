//! The documents are those that the data files make.

use std::{
    env,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

use crate::profile::Profile;

const BEGIN: &str = "<!-- profiles: made of host-demo/profiles/ -->\n";
const END: &str = "<!-- end of profiles -->";
const WRITE_KEY: &str = "HOST_DEMO_WRITE_PROFILES";

fn documents() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

/// Compares a document, or writes it if the environment says so.
#[track_caller]
fn assert_written(path: &Path, text: &str) {
    if env::var_os(WRITE_KEY).is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = File::create(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        return;
    }
    let written = fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == text,
        "{} differs from the data files in host-demo/profiles; write it again:\n\
         {WRITE_KEY}=1 cargo test -p host-demo --lib profile::tests::pages\n\n{text}",
        path.display()
    );
}

#[test]
fn each_profile_has_its_page() {
    for name in Profile::names() {
        let path = documents().join("profiles").join(format!("{name}.md"));
        assert_written(&path, &Profile::named(name).unwrap().page());
    }
}

#[test]
fn there_are_no_other_pages_and_no_other_data_files() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
    let names: Vec<_> = Profile::names().map(str::to_owned).collect();
    for folder in [data, documents().join("profiles")] {
        let files = fs::read_dir(folder).unwrap();
        let mut found: Vec<_> = files
            .map(|file| file.unwrap().path().file_stem().unwrap().to_owned())
            .map(|name| name.into_string().unwrap())
            .collect();
        found.sort();
        assert_eq!(found, names);
    }
}

#[test]
fn the_index_lists_each_profile() {
    let path = documents().join("profiles.md");
    let document = fs::read_to_string(&path).unwrap();
    let (before, rest) = document.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let mut table = "\n| profile | server | read from |\n| --- | --- | --- |\n".to_owned();
    for name in Profile::names() {
        let profile = Profile::named(name).unwrap();
        let (server, version) = (profile.server(), profile.version());
        table += &format!("| [`{name}`](profiles/{name}.md) | {server} | {version} |\n");
    }
    assert_written(&path, &[before, BEGIN, &table, "\n", END, after].concat());
}

#[test]
fn the_example_in_the_index_is_valid() {
    let document = fs::read_to_string(documents().join("profiles.md")).unwrap();
    let (_, example) = document.split_once("```toml\n").unwrap();
    let (example, _) = example.split_once("```\n").unwrap();
    let profile = Profile::parse(example, "docs/profiles.md").unwrap();
    assert_eq!(profile.name(), "my-server");
}
