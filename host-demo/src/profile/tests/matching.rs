//! How a call is compared with the rules.

use http::{HeaderName, Method};

use super::{classified, profile};
use crate::profile::{Call, CallKind, Class, Decision, Profile};

const NO_RULE: Result<Class, &str> = Err("no rule");
const OTHER_METHOD: Result<Class, &str> = Err("other method");

fn sample() -> Profile {
    profile(
        r#"
strip_headers = ["x-exact", "x-family-*"]

[[inference]]
rules = [
    "POST /",
    "GET /models/{model}",
    "POST /models/{model}[/versions/{version}]/infer",
    "POST /v1/{model}:predict",
    "GET /tags/{model}[:{tag}]",
    "GET /files/{model...}",
    "WEBSOCKET /realtime",
    "GRPC a.b.Service/Infer",
]

[[management]]
rules = ["GET /models/stats", "POST /v1/{model}:load", "GRPC a.b.Service/Unload"]

[[blocked]]
rules = ["POST /models/load", "GRPC a.b.Service/Load"]
note = "no"
"#,
    )
}

#[track_caller]
fn assert_classes(rows: &[(&str, Result<Class, &str>)]) {
    let profile = sample();
    for (call, expected) in rows {
        assert_eq!(classified(&profile, call), *expected, "{call}");
    }
}

#[test]
fn a_path_is_equal_byte_for_byte() {
    assert_classes(&[
        ("GET /probe", Ok(Class::Health)),
        ("GET /probe/", NO_RULE),
        ("GET //probe", NO_RULE),
        ("GET /Probe", NO_RULE),
        ("GET /prob%65", NO_RULE),
        ("GET /probe;x=1", NO_RULE),
        ("GET /probe%20", NO_RULE),
        ("GET /probe?x=1", NO_RULE),
        ("GET /./probe", NO_RULE),
        ("GET /probe/..", NO_RULE),
        ("GET probe", NO_RULE),
        ("GET *", NO_RULE),
        ("GET ", NO_RULE),
        ("GET http://x/probe", NO_RULE),
    ]);
}

#[test]
fn the_method_is_a_part_of_the_rule() {
    assert_classes(&[
        ("HEAD /probe", Ok(Class::Health)),
        ("POST /probe", OTHER_METHOD),
        ("OPTIONS /probe", OTHER_METHOD),
        ("get /probe", OTHER_METHOD),
        ("POST /", Ok(Class::Inference)),
        ("GET /", OTHER_METHOD),
        ("OPTIONS /nothing", NO_RULE),
    ]);
}

#[test]
fn a_parameter_is_one_plain_segment() {
    assert_classes(&[
        ("GET /models/x", Ok(Class::Inference)),
        ("GET /models/a-b.c_d~e@f+g,h", Ok(Class::Inference)),
        ("GET /models/caf%C3%A9", Ok(Class::Inference)),
        ("GET /models/two%20words", Ok(Class::Inference)),
        ("GET /models/", NO_RULE),
        ("GET /models//", NO_RULE),
        ("GET /models/x/", NO_RULE),
        ("GET /models/.", NO_RULE),
        ("GET /models/..", NO_RULE),
        ("GET /models/%2e%2e", NO_RULE),
        ("GET /models/a%2Fb", NO_RULE),
        ("GET /models/a%2fb", NO_RULE),
        ("GET /models/a%5Cb", NO_RULE),
        ("GET /models/a\\b", NO_RULE),
        ("GET /models/a;b", NO_RULE),
        ("GET /models/a%3Bb", NO_RULE),
        ("GET /models/a:b", NO_RULE),
        ("GET /models/a%3Ab", NO_RULE),
        ("GET /models/%73tats", NO_RULE),
        ("GET /models/a%00", NO_RULE),
        ("GET /models/a%0A", NO_RULE),
        ("GET /models/stats%20", NO_RULE),
        ("GET /models/a%252Fb", NO_RULE),
        ("GET /models/a%", NO_RULE),
        ("GET /models/a%4", NO_RULE),
        ("GET /models/a%zz", NO_RULE),
        ("GET /models/a?b", NO_RULE),
        ("GET /models/a#b", NO_RULE),
        ("GET /models/é", NO_RULE),
        ("POST /models/x/infer", Ok(Class::Inference)),
        ("POST /models/x/versions/1/infer", Ok(Class::Inference)),
        ("POST /models/x/versions/infer", NO_RULE),
    ]);
}

#[test]
fn a_parameter_never_holds_a_word_that_a_rule_has_at_its_place() {
    assert_classes(&[
        ("GET /models/stats", Ok(Class::Management)),
        ("GET /models/Stats", NO_RULE),
        ("GET /models/STATS", NO_RULE),
        ("POST /models/stats/infer", NO_RULE),
        ("POST /models/stats", OTHER_METHOD),
        ("POST /models/load", Ok(Class::Blocked)),
        ("GET /models/load", OTHER_METHOD),
        ("GET /models/stats2", Ok(Class::Inference)),
    ]);
}

#[test]
fn a_verb_follows_the_parameter_after_a_colon() {
    assert_classes(&[
        ("POST /v1/x:predict", Ok(Class::Inference)),
        ("POST /v1/x:load", Ok(Class::Management)),
        ("POST /v1/x:Predict", NO_RULE),
        ("POST /v1/x:predict:load", NO_RULE),
        ("POST /v1/x%3Apredict", NO_RULE),
        ("POST /v1/:predict", NO_RULE),
        ("POST /v1/x:predictor", NO_RULE),
        ("POST /v1/x", NO_RULE),
        ("GET /tags/llama3", Ok(Class::Inference)),
        ("GET /tags/llama3:8b", Ok(Class::Inference)),
        ("GET /tags/llama3:8b:c", NO_RULE),
        ("GET /tags/llama3:", NO_RULE),
    ]);
}

#[test]
fn a_rest_is_one_or_more_plain_segments() {
    assert_classes(&[
        ("GET /files/a", Ok(Class::Inference)),
        ("GET /files/a/b/c", Ok(Class::Inference)),
        ("GET /files", NO_RULE),
        ("GET /files/", NO_RULE),
        ("GET /files/a/", NO_RULE),
        ("GET /files/a//b", NO_RULE),
        ("GET /files/a/../b", NO_RULE),
        ("GET /files/a/%2e%2e/b", NO_RULE),
        ("GET /files/a%2Fb", NO_RULE),
    ]);
}

#[test]
fn each_kind_of_request_has_rules_of_its_own() {
    assert_classes(&[
        ("WEBSOCKET /realtime", Ok(Class::Inference)),
        ("GET /realtime", OTHER_METHOD),
        ("WEBSOCKET /probe", OTHER_METHOD),
        ("GRPC a.b.Service/Infer", Ok(Class::Inference)),
        ("GRPC a.b.Service/Unload", Ok(Class::Management)),
        ("GRPC a.b.Service/Load", Ok(Class::Blocked)),
        ("GRPC a.b.Service/infer", NO_RULE),
        ("GRPC a.b.Service/Infer/", NO_RULE),
        ("GRPC models/load", NO_RULE),
        ("POST /a.b.Service/Infer", NO_RULE),
    ]);
    let path = "/a.b.Service/Infer";
    let profile = sample();
    let with_get = profile.classify(&Call::new(&Method::GET, path, CallKind::Grpc));
    assert!(matches!(with_get, Decision::OtherMethod));
}

/// Not even a request whose method is called so.
#[test]
fn only_an_upgrade_has_the_rules_of_web_sockets() {
    let profile = sample();
    let method = "WEBSOCKET".parse().unwrap();
    let call = Call::new(&method, "/realtime", CallKind::Plain);
    assert!(matches!(profile.classify(&call), Decision::OtherMethod));
}

#[test]
fn a_match_tells_the_model_and_the_rule() {
    let profile = sample();
    for (method, path, model, rule) in [
        (Method::GET, "/models/x", Some("x"), "GET /models/{model}"),
        (Method::GET, "/models/stats", None, "GET /models/stats"),
        (
            Method::POST,
            "/models/x/versions/2/infer",
            Some("x"),
            "POST /models/{model}/versions/{version}/infer",
        ),
        (
            Method::POST,
            "/v1/x:predict",
            Some("x"),
            "POST /v1/{model}:predict",
        ),
        (
            Method::GET,
            "/files/org/name",
            Some("org/name"),
            "GET /files/{model...}",
        ),
    ] {
        let call = Call::new(&method, path, CallKind::Plain);
        let Decision::Rule(found) = profile.classify(&call) else {
            panic!("{path}");
        };
        assert_eq!((found.model, found.rule.to_string()), (model, rule.into()));
    }
}

#[test]
fn headers_are_stripped_by_name_and_by_beginning() {
    let profile = sample();
    for (header, is_stripped) in [
        ("x-exact", true),
        ("x-exactly", false),
        ("x-family-", true),
        ("x-family-one", true),
        ("x-family", false),
        ("authorization", false),
    ] {
        let name = HeaderName::from_static(header);
        assert_eq!(profile.strips(&name), is_stripped, "{header}");
    }
}
