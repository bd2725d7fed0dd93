use http::Method;

use super::{Call, CallKind, Class, Decision, Profile};

mod errors;
mod matching;
mod pages;
mod properties;
mod servers;

#[test]
fn every_built_in_profile_is_valid_and_has_the_name_of_its_file() {
    for name in Profile::names() {
        let profile = Profile::named(name).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(profile.name(), name);
    }
}

/// A profile with these rules, and a path of health.
fn profile(rules: &str) -> Profile {
    Profile::parse(&document(rules), "test.toml").unwrap_or_else(|error| panic!("{error}"))
}

fn document(rules: &str) -> String {
    const HEAD: &str = "\
name = \"test\"
server = \"Test\"
version = \"1\"
source = \"here\"
ports = [{ number = 8000, serves = \"everything\" }]
error_format = \"openai\"
health_path = \"/probe\"
";
    format!("{HEAD}{rules}\n[[health]]\nrules = [\"GET /probe\"]\n")
}

/// The class of `METHOD PATH`, `GRPC package.Service/Method` or `WEBSOCKET PATH`, or why it has none.
fn classified(profile: &Profile, call: &str) -> Result<Class, &'static str> {
    named(profile, call).map(|(class, _)| class)
}

/// The same, with the rule.
fn named(profile: &Profile, call: &str) -> Result<(Class, String), &'static str> {
    let (name, path) = call.split_once(' ').unwrap();
    let slashed = format!("/{path}");
    let (method, path, kind) = match name {
        "GRPC" => (Method::POST, slashed.as_str(), CallKind::Grpc),
        "WEBSOCKET" => (Method::GET, path, CallKind::WebSocket),
        name => (name.parse().unwrap(), path, CallKind::Plain),
    };
    match profile.classify(&Call::new(&method, path, kind)) {
        Decision::Rule(found) => Ok((found.class, found.rule.to_string())),
        Decision::OtherMethod => Err("other method"),
        Decision::NoRule => Err("no rule"),
    }
}
