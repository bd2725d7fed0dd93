//! What holds for every path and every text.

use std::sync::LazyLock;

use http::Method;
use percent_encoding::percent_decode_str;
use proptest::prelude::*;

use super::classified;
use crate::profile::{AllowRules, Call, CallKind, Class, PathPrefix, Profile};

/// Words of the rules, and what an attacker puts between them.
const PIECES: [&str; 40] = [
    "/",
    "//",
    "v1",
    "v2",
    "V2",
    "models",
    "Models",
    "m",
    "stats",
    "Stats",
    "st%61ts",
    "load",
    "unload",
    "infer",
    "invoke",
    "repository",
    "index",
    ":predict",
    ":",
    "%3A",
    "%2F",
    "%2f",
    "%5C",
    "%252F",
    ".",
    "..",
    "%2e",
    ";",
    ";x=1",
    "%20",
    "%00",
    "?",
    "#",
    "responses",
    "cancel",
    "load_lora_adapter",
    "%6coad",
    "dumper",
    "versions",
    "\u{e9}",
];

fn path() -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec(prop::sample::select(&PIECES[..]), 0..10);
    prop_oneof![
        pieces.prop_map(|pieces| format!("/{}", pieces.concat())),
        "/\\PC{0,40}",
        "\\PC{0,40}",
    ]
}

/// A path of a rule, with text from elsewhere in the place of its parameters.
fn path_of_a_rule(rule: &str, value: &str) -> Option<String> {
    let (_, path) = rule.split_once(' ')?;
    let mut made = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        made.push_str(before);
        made.push_str(value);
        rest = after.split_once('}')?.1;
    }
    made.push_str(rest);
    Some(made)
}

static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    let profiles = Profile::names().map(Profile::named);
    profiles.map(Result::unwrap).collect()
});

/// Fails if a server that decodes the path once would find a management or blocked call there.
fn assert_no_way_up(profile: &Profile, call: &str, path: &str) -> Result<(), TestCaseError> {
    if classified(profile, call) != Ok(Class::Inference) {
        return Ok(());
    }
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    for rule in profile.rules() {
        let is_above = matches!(rule.class(), Class::Management | Class::Blocked);
        let text = rule.to_string();
        let (methods, literal) = text.split_once(' ').unwrap();
        let (method, _) = call.split_once(' ').unwrap();
        if is_above && methods.split('|').any(|name| name == method) {
            prop_assert_ne!(&*decoded, literal, "{} as {}", call, text);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_path_panics(path in path(), method in "[A-Z]{1,8}") {
        let method: Method = method.parse().unwrap();
        for profile in &*PROFILES {
            for kind in [CallKind::Plain, CallKind::Grpc, CallKind::WebSocket] {
                let _ = profile.classify(&Call::new(&method, &path, kind));
            }
        }
    }

    #[test]
    fn what_is_inference_is_no_management_once_it_is_decoded(path in path()) {
        for profile in &*PROFILES {
            for method in ["GET", "POST", "PUT", "DELETE"] {
                assert_no_way_up(profile, &format!("{method} {path}"), &path)?;
            }
        }
    }

    #[test]
    fn no_parameter_leads_from_inference_to_management(
        value in prop_oneof![
            prop::collection::vec(prop::sample::select(&PIECES[..]), 1..4).prop_map(|pieces| pieces.concat()),
            "[a-zA-Z%0-9./:;]{1,12}",
        ],
    ) {
        for profile in &*PROFILES {
            for rule in profile.rules().iter().filter(|rule| rule.class() == Class::Inference) {
                let Some(path) = path_of_a_rule(&rule.to_string(), &value) else {
                    continue;
                };
                for method in ["GET", "POST", "PUT", "DELETE"] {
                    assert_no_way_up(profile, &format!("{method} {path}"), &path)?;
                }
            }
        }
    }

    #[test]
    fn no_text_of_a_profile_or_a_setting_panics(rule in "\\PC{0,40}", text in "\\PC{0,200}") {
        let _ = Profile::parse(&text, "any");
        let rules = toml_string(&rule);
        let _ = Profile::parse(&super::document(&format!("[[inference]]\nrules = [{rules}]")), "any");
        let _ = rule.parse::<AllowRules>();
        let _ = rule.parse::<PathPrefix>();
    }
}

fn toml_string(text: &str) -> String {
    format!("{text:?}")
}
