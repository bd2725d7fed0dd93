//! What the README shows is executed and compiled elsewhere.

use super::read;

/// The lines of the code blocks of a language, without the prefix of doc comments.
fn blocks(text: &str, language: &str) -> Vec<Vec<String>> {
    let opening = format!("```{language}");
    let mut lines = text.lines();
    let mut found = Vec::new();
    while lines.by_ref().any(|line| line == opening) {
        let block = lines.by_ref().take_while(|line| *line != "```");
        found.push(block.map(str::to_owned).collect());
    }
    found
}

/// `cargo xtask demo` prints `session.md`, and its own tests execute the printed commands.
#[test]
fn the_session_is_the_one_that_the_demonstration_prints() {
    let readme = read("README.md");
    let (_, section) = readme.split_once("## Try it\n").expect("the section");
    let (section, _) = section.split_once("\n## ").expect("the next one");
    let shown = blocks(section, "sh").concat();

    let session = read("xtask/src/demo/session.md");
    let printed: Vec<_> = session
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .collect();
    assert!(printed.len() > 5, "{printed:#?}");
    assert_eq!(shown, printed);
}

/// The example of `export_plugin!` is a test of the contract's documentation.
#[test]
fn the_plugin_is_the_one_that_the_contract_compiles() {
    let shown = blocks(&read("README.md"), "rust");
    let [shown] = shown.as_slice() else {
        panic!("{shown:#?}");
    };
    let source = read("plugin-api/src/export.rs");
    let (_, source) = source
        .split_once("/// Exports a plugin from a `cdylib`.\n")
        .expect("the documentation");
    let documentation: Vec<_> = source
        .lines()
        .map_while(|line| line.strip_prefix("///"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    let compiled = blocks(&documentation.join("\n"), "");
    assert_eq!(compiled.first(), Some(shown));
}
