use std::{fs, sync::Arc};

use plugin_api::{LogLevel, TokenAuthorizer, TokenType, Verdict};
use tempfile::TempDir;
use token_core::testing::{CountingRandom, ManualClock};

use super::KeyAuthorizer;
use crate::{
    Opened,
    test_support::{TestHost, TestRequest},
};

struct Door {
    authorizer: KeyAuthorizer,
    host: TestHost,
    clock: ManualClock,
    folder: TempDir,
}

/// With keys of 6 bytes that count up: management, inference, API.
const MANAGEMENT: &str = "AAECAwQF";
const INFERENCE: &str = "BgcICQoL";
const API: &str = "DA0ODxAR";

impl Door {
    fn closed() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key_file.json");
        let host = TestHost::default()
            .with("token_key_bytes", "6")
            .with("token_key_file", path.to_str().unwrap());
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
    fn open() -> Self {
        let door = Self::closed();
        door.authorizer.set_time(60.0).unwrap();
        door.authorizer.generate_key_file(TokenType::TOKEN).unwrap();
        door
    }

    fn check(&self, authorization: impl Into<Vec<u8>>, token_type: TokenType) -> Verdict {
        self.check_request(
            &TestRequest::default().with_authorization(authorization),
            token_type,
        )
    }

    fn check_request(&self, request: &TestRequest, token_type: TokenType) -> Verdict {
        request.given_to(|request, _| {
            self.authorizer
                .check_token_authorization(request, token_type)
        })
    }
}

#[test]
fn the_right_key_is_allowed_however_the_scheme_is_spelt() {
    let door = Door::open();
    for scheme in ["Bearer ", "bearer ", "BEARER  "] {
        for (key, token_type) in [
            (MANAGEMENT, TokenType::MANAGEMENT),
            (INFERENCE, TokenType::INFERENCE),
            (API, TokenType::TOKEN),
        ] {
            let authorization = format!("{scheme}{key}");
            assert_eq!(door.check(authorization, token_type), Verdict::ALLOW);
        }
    }
}

#[test]
fn the_reason_of_a_denial_is_told() {
    let door = Door::open();
    let none = TestRequest::default();
    assert_eq!(
        door.check_request(&none, TokenType::INFERENCE),
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
            door.check(unusable, TokenType::INFERENCE),
            Verdict::DENY_INVALID,
            "{unusable:?}"
        );
    }
    assert_eq!(
        door.check(format!("Bearer {API}"), TokenType::MANAGEMENT),
        Verdict::DENY_SCOPE
    );
}

#[test]
fn the_header_twice_is_denied_though_both_are_right() {
    let door = Door::open();
    let twice = TestRequest::default()
        .with_authorization(format!("Bearer {INFERENCE}"))
        .with_authorization(format!("Bearer {INFERENCE}"));
    assert_eq!(
        door.check_request(&twice, TokenType::INFERENCE),
        Verdict::DENY_INVALID
    );
}

#[test]
fn a_key_in_the_query_is_no_key() {
    let door = Door::open();
    let request = TestRequest::with_query(&format!("token={INFERENCE}"));
    assert_eq!(
        door.check_request(&request, TokenType::INFERENCE),
        Verdict::DENY_MISSING
    );
}

#[test]
fn an_expired_key_is_denied_as_an_unknown_one() {
    let door = Door::open();
    let authorization = format!("Bearer {INFERENCE}");
    door.clock.run(3_600_000_000);
    for token_type in [TokenType::INFERENCE, TokenType::MANAGEMENT] {
        assert_eq!(
            door.check(authorization.clone(), token_type),
            Verdict::DENY_INVALID
        );
    }
}

#[test]
fn without_keys_everything_is_denied() {
    let door = Door::closed();
    assert_eq!(
        door.check(format!("Bearer {API}"), TokenType::TOKEN),
        Verdict::DENY_INVALID
    );
}

#[test]
fn one_kind_of_key_can_be_replaced() {
    let door = Door::open();
    door.authorizer
        .generate_key_file(TokenType::MANAGEMENT)
        .unwrap();
    let management = |key| door.check(format!("Bearer {key}"), TokenType::MANAGEMENT);
    assert_eq!(management(MANAGEMENT), Verdict::DENY_INVALID);
    assert_eq!(management("EhMUFRYX"), Verdict::ALLOW);
    assert_eq!(
        door.check(format!("Bearer {INFERENCE}"), TokenType::INFERENCE),
        Verdict::ALLOW
    );
}

#[test]
fn a_lifetime_that_is_none_is_refused() {
    let door = Door::closed();
    for minutes in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = door.authorizer.set_time(minutes).unwrap_err();
        assert!(error.message().contains("expected a number above 0"));
    }
}

#[test]
fn a_file_held_by_another_server_is_refused_with_its_process() {
    let door = Door::open();
    let second = Opened::new(
        &door.host.host(),
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
fn the_log_says_what_happens_and_never_a_key() {
    let door = Door::open();
    door.authorizer
        .generate_key_file(TokenType::INFERENCE)
        .unwrap();
    let path = fs::canonicalize(door.folder.path())
        .unwrap()
        .join("key_file.json");
    let host = door.host.clone();
    drop(door.authorizer);
    let path = path.display();
    assert_eq!(
        host.lines(),
        [
            (
                LogLevel::Warn as u8,
                "token_key_bytes=6: keys of less than 16 bytes can be guessed in time".to_owned()
            ),
            (LogLevel::Info as u8, format!("keys written to {path}")),
            (
                LogLevel::Info as u8,
                "inference key replaced; the new one expires at 2024-02-16T21:12:24.801167Z"
                    .to_owned()
            ),
            (LogLevel::Info as u8, format!("key file {path} deleted")),
        ]
    );
}

#[test]
fn debug_shows_no_key() {
    let door = Door::open();
    let shown = format!("{:?}", Arc::new(door.authorizer));
    for key in [MANAGEMENT, INFERENCE, API] {
        assert!(!shown.contains(key));
    }
}
