use std::{fs, sync::Arc};

use plugin_api::{
    LogLevel, TokenAuthorizer, TokenType, Verdict,
    testing::{TestHost, TestRequest},
};
use tempfile::TempDir;
use token_core::testing::{CountingRandom, ManualClock};

use super::KeyAuthorizer;
use crate::Opened;

mod identity;

struct Fixture {
    authorizer: KeyAuthorizer,
    host: TestHost,
    clock: ManualClock,
    folder: TempDir,
}

/// With keys of 6 bytes that count up: management, inference, API.
const MANAGEMENT: &str = "AAECAwQF";
const INFERENCE: &str = "BgcICQoL";
const API: &str = "DA0ODxAR";

impl Fixture {
    fn without_keys(key_bytes: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key_file.json");
        let host = TestHost::new()
            .with_setting("token_key_bytes", key_bytes)
            .with_setting("token_key_file", path.to_str().unwrap());
        let clock = ManualClock::new();
        let random = CountingRandom::starting_at(0);
        let Opened { authorizer, .. } = Opened::new(&host.host(), clock.clone(), random).unwrap();
        Self {
            authorizer,
            host,
            clock,
            folder,
        }
    }

    /// As the host does at start.
    fn new() -> Self {
        Self::with_key_bytes("6")
    }

    fn with_key_bytes(key_bytes: &str) -> Self {
        let fixture = Self::without_keys(key_bytes);
        fixture.authorizer.set_time(60.0).unwrap();
        fixture
            .authorizer
            .generate_key_file(TokenType::TOKEN)
            .unwrap();
        fixture
    }

    fn check(&self, authorization: impl Into<Vec<u8>>, token_type: TokenType) -> Verdict {
        self.check_request(
            &TestRequest::get("/").with_header("authorization", authorization),
            token_type,
        )
    }

    fn check_request(&self, request: &TestRequest, token_type: TokenType) -> Verdict {
        self.authorizer
            .check_token_authorization(&request.as_request(), token_type)
    }
}

#[test]
fn the_right_key_is_allowed_however_the_scheme_is_spelt() {
    let fixture = Fixture::new();
    for scheme in ["Bearer ", "bearer ", "BEARER  "] {
        for (key, token_type) in [
            (MANAGEMENT, TokenType::MANAGEMENT),
            (INFERENCE, TokenType::INFERENCE),
            (API, TokenType::TOKEN),
        ] {
            let authorization = format!("{scheme}{key}");
            assert_eq!(fixture.check(authorization, token_type), Verdict::ALLOW);
        }
    }
}

#[test]
fn a_denial_has_its_reason() {
    let fixture = Fixture::new();
    let none = TestRequest::get("/");
    assert_eq!(
        fixture.check_request(&none, TokenType::INFERENCE),
        Verdict::DENY_MISSING
    );
    for unusable in [
        "Basic BgcICQoL",
        "foo BgcICQoL",
        "BgcICQoL",
        "",
        "Bearer",
        "Bearer ",
        "Bearer BgcICQo",
        "Bearer BgcICQoLL",
        "Bearer bgcicqol",
        "Bearer BgcICQoL BgcICQoL",
    ] {
        assert_eq!(
            fixture.check(unusable, TokenType::INFERENCE),
            Verdict::DENY_INVALID,
            "{unusable:?}"
        );
    }
    assert_eq!(
        fixture.check(format!("Bearer {API}"), TokenType::MANAGEMENT),
        Verdict::DENY_SCOPE
    );
}

#[test]
fn the_header_twice_is_denied_though_both_are_right() {
    let fixture = Fixture::new();
    let twice = TestRequest::get("/")
        .with_bearer(INFERENCE)
        .with_bearer(INFERENCE);
    assert_eq!(
        fixture.check_request(&twice, TokenType::INFERENCE),
        Verdict::DENY_INVALID
    );
}

#[test]
fn a_key_in_the_query_is_ignored() {
    let fixture = Fixture::new();
    let request = TestRequest::get(&format!("/?token={INFERENCE}"));
    assert_eq!(
        fixture.check_request(&request, TokenType::INFERENCE),
        Verdict::DENY_MISSING
    );
}

#[test]
fn an_expired_key_is_denied_with_a_verdict_of_its_own() {
    let fixture = Fixture::new();
    let authorization = format!("Bearer {INFERENCE}");
    fixture.clock.run(3_600_000_000);
    for token_type in [TokenType::INFERENCE, TokenType::MANAGEMENT] {
        assert_eq!(
            fixture.check(authorization.clone(), token_type),
            Verdict::DENY_EXPIRED
        );
    }
}

#[test]
fn without_keys_everything_is_denied() {
    let fixture = Fixture::without_keys("6");
    assert_eq!(
        fixture.check(format!("Bearer {API}"), TokenType::TOKEN),
        Verdict::DENY_INVALID
    );
}

#[test]
fn one_kind_of_key_can_be_replaced() {
    let fixture = Fixture::new();
    fixture
        .authorizer
        .generate_key_file(TokenType::MANAGEMENT)
        .unwrap();
    let management = |key| fixture.check(format!("Bearer {key}"), TokenType::MANAGEMENT);
    assert_eq!(management(MANAGEMENT), Verdict::DENY_INVALID);
    assert_eq!(management("EhMUFRYX"), Verdict::ALLOW);
    assert_eq!(
        fixture.check(format!("Bearer {INFERENCE}"), TokenType::INFERENCE),
        Verdict::ALLOW
    );
}

#[test]
fn an_invalid_lifetime_is_rejected() {
    let fixture = Fixture::without_keys("6");
    for minutes in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = fixture.authorizer.set_time(minutes).unwrap_err();
        assert!(error.message().contains("expected a number above 0"));
    }
}

#[test]
fn a_file_held_by_another_server_is_refused_with_its_process() {
    let fixture = Fixture::new();
    let second = Opened::new(
        &fixture.host.host(),
        ManualClock::new(),
        CountingRandom::starting_at(0),
    )
    .unwrap();
    let error = second
        .authorizer
        .generate_key_file(TokenType::TOKEN)
        .unwrap_err();
    assert!(error.message().starts_with(&format!(
        "process {} uses this key file",
        std::process::id()
    )));
}

#[test]
fn the_log_reports_changes_of_keys_and_never_a_key() {
    let fixture = Fixture::new();
    fixture
        .authorizer
        .generate_key_file(TokenType::INFERENCE)
        .unwrap();
    let path = fs::canonicalize(fixture.folder.path())
        .unwrap()
        .join("key_file.json");
    let host = fixture.host.clone();
    drop(fixture.authorizer);
    let path = path.display();
    let lines: Vec<_> = host
        .log()
        .into_iter()
        .map(|line| (line.level, line.message))
        .collect();
    assert_eq!(
        lines,
        [
            (
                LogLevel::Warn,
                "token_key_bytes=6: keys of less than 16 bytes can be guessed in time".to_owned()
            ),
            (LogLevel::Info, format!("keys written to {path}")),
            (
                LogLevel::Info,
                "management key expires at 2024-02-16T21:12:24.801167Z, inference key at \
                 2024-02-16T21:12:24.801167Z"
                    .to_owned()
            ),
            (
                LogLevel::Info,
                "inference key replaced; the new one expires at 2024-02-16T21:12:24.801167Z"
                    .to_owned()
            ),
            (LogLevel::Info, format!("key file {path} deleted")),
        ]
    );
}

#[test]
fn debug_shows_no_key() {
    let fixture = Fixture::new();
    let shown = format!("{:?}", Arc::new(fixture.authorizer));
    for key in [MANAGEMENT, INFERENCE, API] {
        assert!(!shown.contains(key));
    }
}
