//! What each built-in profile says of every call that its server is known to have, and of calls that
//! only look like one.

use std::collections::BTreeSet;

use super::named;
use crate::profile::Profile;

mod kserve;
mod llamacpp;
mod ollama;
mod sglang;
mod small;
mod torchserve;
mod triton;
mod vllm;

/// Compares each call of the table with what the profile says; each rule must have a call.
///
/// A line of the table is a call, or in brackets what follows: a class, `other method` or `no rule`.
#[track_caller]
fn assert_table(name: &str, table: &str) {
    let profile = Profile::named(name).unwrap();
    let mut expected = "";
    let mut with_call = BTreeSet::new();
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(heading) = line.strip_prefix('[') {
            expected = heading.strip_suffix(']').unwrap();
            continue;
        }
        let found = match named(&profile, line) {
            Ok((class, rule)) => {
                with_call.insert(rule);
                class.name()
            }
            Err(why) => why,
        };
        assert_eq!(found, expected, "{name}: {line}");
    }
    let rules = profile.rules().iter().map(ToString::to_string);
    let unnamed: Vec<_> = rules.filter(|rule| !with_call.contains(rule)).collect();
    assert!(unnamed.is_empty(), "{name}: no call for {unnamed:#?}");
}

/// Spellings of a path that are another path, whatever a server takes them for.
#[test]
fn no_other_spelling_of_a_path_has_a_class_in_which_it_is_forwarded() {
    let spellings: [fn(&str) -> String; 9] = [
        |path| format!("{path}/"),
        |path| format!("{path};x=1"),
        |path| format!("{path}%20"),
        |path| format!("{path}%2F"),
        |path| format!("/{path}"),
        |path| format!("/.{path}"),
        |path| format!("/x/..{path}"),
        |path| path.replacen('/', "/%", 1),
        |path| path.to_uppercase(),
    ];
    for name in Profile::names() {
        let profile = Profile::named(name).unwrap();
        for rule in profile.rules() {
            let text = rule.to_string();
            let (methods, path) = text.split_once(' ').unwrap();
            if methods == "GRPC" || path.contains('{') || path == "/" {
                continue;
            }
            let method = methods.split('|').next().unwrap();
            for spell in spellings {
                let call = format!("{method} {}", spell(path));
                let found = named(&profile, &call);
                assert!(found.is_err(), "{name}: {call}: {found:?}");
            }
            let options = format!("OPTIONS {path}");
            assert_eq!(named(&profile, &options), Err("other method"));
        }
    }
}
