//! What is refused, and how it is told.

use super::{document, profile};
use http::Method;

use crate::profile::{AllowRules, Call, CallKind, Class, NamedProfileError, PathPrefix, Profile};

#[track_caller]
fn error(rules: &str) -> String {
    Profile::parse(&document(rules), "own.toml")
        .unwrap_err()
        .to_string()
}

#[test]
fn an_error_has_the_file_the_line_and_what_would_be_right() {
    for (rule, problem) in [
        (
            "/x",
            "expected METHOD PATH, for example POST /v1/completions, or GRPC package.Service/Method",
        ),
        (
            "FETCH /x",
            "unknown method FETCH: expected GET, POST, PUT, PATCH, DELETE, WEBSOCKET or GRPC",
        ),
        ("HEAD /x", "a rule for GET includes HEAD: write GET instead"),
        (
            "OPTIONS /x",
            "OPTIONS is answered by the host and never forwarded: it cannot have a rule",
        ),
        ("GET x", "the path must begin with /"),
        ("GET /{x...}/y", "{name...} must be the last segment"),
        ("GET /{model}/{model}", "the path names {model} twice"),
        (
            "GET /x[/y",
            "expected [ before ] for each optional part, not nested, at most four in a path",
        ),
        (
            "GET /x]",
            "expected [ before ] for each optional part, not nested, at most four in a path",
        ),
        (
            "GET /x[/a[/b]]",
            "expected [ before ] for each optional part, not nested, at most four in a path",
        ),
        (
            "GET /x[/a][/a][/a][/a][/a]",
            "expected [ before ] for each optional part, not nested, at most four in a path",
        ),
        (
            "GRPC Service",
            "expected package.Service/Method, or package.Service/Method|Method",
        ),
        (
            "GRPC a.Service/",
            "expected package.Service/Method, or package.Service/Method|Method",
        ),
        (
            "GRPC a..Service/M",
            "expected package.Service/Method, or package.Service/Method|Method",
        ),
    ] {
        let found = error(&format!("[[inference]]\nrules = [\n    \"{rule}\",\n]"));
        assert_eq!(found, format!("own.toml:10: rule \"{rule}\": {problem}"));
    }
}

#[test]
fn a_segment_is_literal_text_or_parameters() {
    for segment in [
        "", "..", "a%20", "a;b", "{}", "{X}", "a{x}", "{x", "é", "*", "a?b",
    ] {
        let found = error(&format!("[[inference]]\nrules = [\"GET /x/{segment}\"]"));
        let expected = format!("segment \"{segment}\": expected letters");
        assert!(found.contains(&expected), "{found}");
    }
}

#[test]
fn the_form_of_the_file_is_checked() {
    for (rules, problem) in [
        ("unknown = 1", "own.toml:8: unknown field `unknown`"),
        (
            "[[inference]]\nrules = [\"GET /x\"]\nnotes = \"\"",
            "own.toml:10: unknown field `notes`",
        ),
        (
            "[[inference]]\nnote = \"\"",
            "own.toml:8: missing field `rules`",
        ),
        (
            "[[blocked]]\nrules = [\"GET /x\"]",
            "own.toml:9: blocked rule \"GET /x\": expected the reason as `note` beside `rules`",
        ),
        (
            "strip_headers = [\"X-Upper\"]",
            "own.toml:8: strip_headers X-Upper: expected a header name in lower case",
        ),
        (
            "strip_headers = [\"*\"]",
            "own.toml:8: strip_headers *: expected a header name in lower case",
        ),
    ] {
        let found = error(rules);
        assert!(found.starts_with(problem), "{found}");
    }
    let text = document("").replace("health_path = \"/probe\"", "health_path = \"/x\"");
    let found = Profile::parse(&text, "own.toml").unwrap_err().to_string();
    let expected =
        "own.toml:7: health_path /x: expected a literal path with a rule GET in [[health]]";
    assert_eq!(found, expected);
}

/// An exception from a rule is possible, but not from a blocked one.
#[test]
fn two_classes_for_one_call_are_an_error() {
    const BLOCKED_WINS: &str = "blocked wins";
    for (inference, blocked, advice) in [
        ("GET /x", "GET /x", Some("remove one of them")),
        ("GET|POST /x", "POST|PUT /x", Some("remove one of them")),
        ("GET /{a}", "GET /{b}", Some("remove one of them")),
        ("GET /x/y", "GET /x/{b}", Some(BLOCKED_WINS)),
        ("GET /x/y", "GET /{rest...}", Some(BLOCKED_WINS)),
        (
            "GET /{a}/y",
            "GET /x/{b}",
            Some("write literal text instead of a parameter"),
        ),
        ("GRPC a.S/M", "GRPC a.S/L|M", Some("remove one of them")),
        ("GET /x", "POST /x", None),
        ("GET /x/{a}", "GET /x/y", None),
        ("GET /{rest...}", "GET /x/{b}", None),
        ("GET /x", "WEBSOCKET /x", None),
        ("POST /{a}:predict", "POST /{a}:load", None),
        ("POST /{a}", "POST /{a}:load", None),
        ("POST /a.S/M", "GRPC a.S/M", None),
    ] {
        let rules = format!(
            "[[inference]]\nrules = [\"{inference}\"]\n[[blocked]]\nnote = \"no\"\nrules = [\"{blocked}\"]"
        );
        let found = Profile::parse(&document(&rules), "own.toml");
        match (found, advice) {
            (Ok(_), None) => {}
            (Err(error), Some(advice)) => {
                let error = error.to_string();
                assert!(error.starts_with("own.toml:12: "), "{error}");
                assert!(
                    error.ends_with(&format!("name the same calls: {advice}")),
                    "{error}"
                );
            }
            (found, _) => panic!("{inference} and {blocked}: {found:?}"),
        }
    }
}

#[test]
fn what_the_operator_allows_needs_the_management_key() {
    let base = profile(
        "[[inference]]\nrules = [\"GET /{model}\"]\n[[blocked]]\nnote = \"no\"\nrules = [\"GET|POST /load\", \"POST /call/{method}\", \"GRPC a.S/Load\"]",
    );
    let allow = "POST /load, POST /call/start,GRPC a.S/Load, PUT /custom[/{id}]";
    let rules: AllowRules = allow.parse().unwrap();
    let allowed = base.with_allowed(&rules).unwrap();
    for (call, expected) in [
        ("POST /load", Ok(Class::Management)),
        ("GET /load", Ok(Class::Blocked)),
        ("POST /call/start", Ok(Class::Management)),
        ("POST /call/stop", Ok(Class::Blocked)),
        ("GRPC a.S/Load", Ok(Class::Management)),
        ("PUT /custom", Ok(Class::Management)),
        ("PUT /custom/1", Ok(Class::Management)),
        ("GET /m", Ok(Class::Inference)),
        ("GET /probe", Ok(Class::Health)),
    ] {
        assert_eq!(super::classified(&allowed, call), expected, "{call}");
    }
}

/// A pattern does not name the blocked calls below it.
#[test]
fn a_blocked_call_is_written_as_the_operator_allows_it() {
    let rules = "[[blocked]]\nnote = \"n\"\n\
                 rules = [\"GET|POST /load\", \"GRPC a.S/Load\", \"WEBSOCKET /live\"]";
    let base = profile(rules);
    for (method, path, kind, written) in [
        (Method::POST, "/load", CallKind::Plain, "POST /load"),
        (Method::HEAD, "/load", CallKind::Plain, "GET /load"),
        (Method::POST, "/a.S/Load", CallKind::Grpc, "GRPC a.S/Load"),
        (Method::GET, "/live", CallKind::WebSocket, "WEBSOCKET /live"),
    ] {
        let call = Call::new(&method, path, kind);
        assert_eq!(base.classify(&call).class(), Some(Class::Blocked));
        assert_eq!(call.to_string(), written);
        let rules: AllowRules = written.parse().unwrap();
        let allowed = base.clone().with_allowed(&rules).unwrap();
        assert_eq!(allowed.classify(&call).class(), Some(Class::Management));
    }
}

#[test]
fn a_wide_allowance_opens_nothing_that_is_blocked() {
    let vllm = Profile::named("vllm").unwrap();
    let rules: AllowRules = "POST /{any...}".parse().unwrap();
    let allowed = vllm.with_allowed(&rules).unwrap();
    for (call, expected) in [
        ("POST /anything/else", Ok(Class::Management)),
        ("POST /collective_rpc", Ok(Class::Blocked)),
        ("POST /Collective_rpc", Err("no rule")),
        ("POST /v1/chat/completions", Ok(Class::Inference)),
    ] {
        assert_eq!(super::classified(&allowed, call), expected, "{call}");
    }
}

#[test]
fn an_allowance_that_changes_nothing_or_contradicts_is_an_error() {
    let vllm = Profile::named("vllm").unwrap();
    for (allow, problem) in [
        (
            "POST /v1/completions",
            "POST /v1/completions (management) and POST /v1/completions (inference) name the same calls: it is forwarded without this",
        ),
        (
            "POST /sleep",
            "POST /sleep (management) and POST /sleep (management) name the same calls: it is forwarded without this",
        ),
    ] {
        let rules: AllowRules = allow.parse().unwrap();
        let error = vllm.clone().with_allowed(&rules).unwrap_err();
        assert_eq!(error.to_string(), problem);
    }
    for (allow, problem) in [
        ("", "\"\": expected METHOD PATH"),
        ("POST /x,", "\"\": expected METHOD PATH"),
        ("POST /x, y", "\"y\": expected METHOD PATH"),
        ("POST /x, GET y", "\"GET y\": the path must begin with /"),
    ] {
        let error = allow.parse::<AllowRules>().unwrap_err().to_string();
        assert!(error.starts_with(problem), "{error}");
    }
}

#[test]
fn rules_are_for_what_follows_the_prefix() {
    let prefix: PathPrefix = "/a/b".parse().unwrap();
    let vllm = Profile::named("vllm").unwrap().with_path_prefix(prefix);
    for (call, expected) in [
        ("GET /a/b/health", Ok(Class::Health)),
        ("POST /a/b/v1/load_lora_adapter", Ok(Class::Blocked)),
        ("GET /health", Err("no rule")),
        ("GET /a/bhealth", Err("no rule")),
        ("GET /a/b", Err("no rule")),
        ("GET /A/b/health", Err("no rule")),
        ("GRPC grpc.health.v1.Health/Check", Ok(Class::Health)),
    ] {
        assert_eq!(super::classified(&vllm, call), expected, "{call}");
    }
    assert_eq!(vllm.health_path(), "/a/b/health");
    for wrong in ["", "/", "a", "/a/", "//a", "/a%20", "/..", "/{x}"] {
        assert!(wrong.parse::<PathPrefix>().is_err(), "{wrong}");
    }
}

#[test]
fn an_unknown_name_is_told_with_the_known_ones() {
    let error = Profile::named("vlm").unwrap_err();
    assert!(matches!(error, NamedProfileError::Unknown { .. }));
    let text = error.to_string();
    let expected = "there is no profile called \"vlm\": expected one of kserve-v2, litserve, ";
    assert!(text.starts_with(expected), "{text}");
}
