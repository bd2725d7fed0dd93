use std::{collections::BTreeSet, env, fmt::Write as _, fs, fs::File, io::Write as _, path::Path};

use super::declarations;
use crate::config::{Argument, Changes, Declaration, DefaultValue, Flag};

/// Writes the table into the document instead of comparing it.
const WRITE_KEY: &str = "HOST_DEMO_WRITE_SETTINGS";

const BEGIN: &str = "<!-- settings: made of host-demo/src/config/table.rs -->\n\n";
const END: &str = "\n<!-- settings: end -->\n";

#[test]
fn the_documentation_shows_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
    let document = fs::read_to_string(&path).unwrap();
    let (before, rest) = document.split_once(BEGIN).unwrap();
    let (shown, after) = rest.split_once(END).unwrap();
    let table = table();
    if env::var_os(WRITE_KEY).is_some() {
        let document = [before, BEGIN, &table, END, after].concat();
        let mut file = File::create(path).unwrap();
        file.write_all(document.as_bytes()).unwrap();
        return;
    }
    assert!(
        shown == table,
        "docs/configuration.md differs from the table of settings; write it again:\n\
         {WRITE_KEY}=1 cargo test -p host-demo --lib the_documentation_shows_the_table\n\n{table}"
    );
}

#[test]
fn no_key_flag_or_variable_is_declared_twice() {
    let mut keys = BTreeSet::new();
    let mut flags = BTreeSet::new();
    let mut variables = BTreeSet::new();
    for declaration in declarations() {
        assert!(keys.insert(declaration.key), "{declaration:?}");
        assert!(
            declaration.flag.is_none_or(|flag| flags.insert(flag.name)),
            "{declaration:?}"
        );
        for variable in declaration.environment_variables() {
            assert!(variables.insert(variable), "{declaration:?}");
        }
    }
}

/// The settings as a table in Markdown.
fn table() -> String {
    let mut table =
        "| key | default | meaning | changes on | command line |\n| --- | --- | --- | --- | --- |\n"
            .to_owned();
    for declaration in declarations() {
        writeln!(
            table,
            "| `{}` | {} | {} | {} | {}|",
            declaration.key,
            default(declaration.default),
            meaning(declaration),
            changes(declaration.changes),
            declaration.flag.map_or_else(String::new, usage),
        )
        .unwrap();
    }
    table
}

fn default(default: DefaultValue) -> String {
    match default {
        DefaultValue::Text(text) => format!("`{text}`"),
        DefaultValue::Described(description) => description.to_owned(),
    }
}

fn meaning(declaration: &Declaration) -> String {
    match declaration.environment_alias {
        None => declaration.help.to_owned(),
        Some(alias) => format!("{}; its variable may also be `{alias}`", declaration.help),
    }
}

const fn changes(changes: Changes) -> &'static str {
    match changes {
        Changes::WhileServing => "reload",
        Changes::ValueWhileServing => "reload; set or not: restart",
        Changes::AtRestart => "restart",
    }
}

/// How a flag is written.
fn usage(flag: Flag) -> String {
    let argument = match flag.argument {
        Argument::None => String::new(),
        Argument::One(name) | Argument::Count(name, ..) => format!(" {name}"),
        Argument::List(name) => format!(" {name}..."),
    };
    // A bar would end the cell.
    format!("`--{}{}` ", flag.name, argument.replace('|', "\\|"))
}
