//! What the loader compares is checked in: a change of the contract is seen before it is released.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    env,
    fs::{self, File},
    io::Write as _,
    path::Path,
};

use abi_stable::{StableAbi, type_layout::TypeLayout};
use plugin_api::abi::{PluginModuleRef, is_foreign};

mod definition;

/// Writes the file instead of comparing with it.
const WRITE_KEY: &str = "PLUGIN_API_WRITE_LAYOUT";

#[cfg(target_pointer_width = "64")]
#[test]
fn the_layout_of_the_contract_is_the_one_that_is_checked_in() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/layout.txt");
    let layout = render(<PluginModuleRef as StableAbi>::LAYOUT);
    if env::var_os(WRITE_KEY).is_some() {
        let mut file = File::create(file).unwrap();
        file.write_all(layout.as_bytes()).unwrap();
        return;
    }
    let checked_in = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        layout == checked_in,
        "the layout of the contract changed (- was, + is):\n\n{}\n\
         The loader compares this with what a plugin was built with.\n\
         - But for its size, a module or the functions of a trait only grew at their end: a new minor version. Raise the version of \
         endpoint-plugin-api, and write it as `# Since` of what is new.\n\
         - Anything else refuses every plugin that was built before: undo it, or raise the major version.\n\
         docs/abi.md says what may change. Then write the file again:\n\
         {WRITE_KEY}=1 cargo test -p endpoint-plugin-api --test it layout\n",
        difference(&checked_in, &layout)
    );
}

#[test]
fn a_difference_names_the_type_and_its_lines() {
    let was = "head\n\nstruct A\n    a: u8\n    b: u8\n\nstruct B\n    c: u8\n";
    let is = "head\n\nstruct A\n    a: u8\n    b: u16\n\nstruct C\n    d: u8\n";
    assert_eq!(
        difference(was, is),
        "  struct A\n-     b: u8\n+     b: u16\n- struct B\n-     c: u8\n+ struct C\n+     d: u8\n"
    );
}

/// All types that can be reached, by name: a paragraph for each one of the contract, a line for each other one.
fn render(root: &'static TypeLayout) -> String {
    let (mut own, mut foreign) = (BTreeMap::new(), BTreeSet::new());
    let mut seen = HashSet::new();
    let mut reached = vec![("root module".to_owned(), root)];
    while let Some((name, layout)) = reached.pop() {
        if !seen.insert(layout.get_utypeid()) {
            continue;
        }
        let parts = definition::parts(layout);
        reached.extend(parts.map(|part| (definition::name(part, &name), part)));
        if is_foreign(layout) {
            foreign.insert(definition::line(&name, layout));
        } else {
            let text = definition::paragraph(&name, layout);
            let other = own.insert(name, text);
            assert_eq!(other, None, "two types of the contract have one name");
        }
    }
    let own: Vec<String> = own.into_values().collect();
    let foreign: Vec<String> = foreign.into_iter().collect();
    format!(
        "The contract's types on 64-bit targets, as the loader compares them.\n\
         Written by the test layout of endpoint-plugin-api, which says how to write it again.\n\n\
         {}\nother types\n{}",
        own.join("\n"),
        foreign.concat()
    )
}

/// The lines that are in one of them only, under the type that they belong to.
fn difference(was: &str, is: &str) -> String {
    let (was, is) = (paragraphs(was), paragraphs(is));
    let heads: BTreeSet<_> = was.keys().chain(is.keys()).collect();
    let mut text = String::new();
    for head in heads {
        let lines = |side: &BTreeMap<&str, Vec<String>>| side.get(*head).cloned();
        match (lines(&was), lines(&is)) {
            (Some(was), Some(is)) => {
                if was != is {
                    text.push_str(&format!("  {head}\n"));
                }
                let gone = was.iter().filter(|line| !is.contains(line));
                text.extend(gone.map(|line| format!("- {line}\n")));
                let come = is.iter().filter(|line| !was.contains(line));
                text.extend(come.map(|line| format!("+ {line}\n")));
            }
            (was, is) => {
                let sign = if was.is_some() { '-' } else { '+' };
                let lines = was.or(is).unwrap_or_default();
                text.push_str(&format!("{sign} {head}\n"));
                text.extend(lines.iter().map(|line| format!("{sign} {line}\n")));
            }
        }
    }
    text
}

fn paragraphs(text: &str) -> BTreeMap<&str, Vec<String>> {
    let paragraphs = text.split("\n\n").skip(1);
    paragraphs
        .filter_map(|paragraph| {
            let mut lines = paragraph.lines();
            Some((lines.next()?, lines.map(str::to_owned).collect()))
        })
        .collect()
}
