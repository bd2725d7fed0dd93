//! What a plugin reports to the host besides its responses: identified keys, readiness, metrics,
//! audit events.

use std::{
    num::NonZeroU64,
    sync::atomic::{AtomicBool, Ordering},
};

use super::*;
use crate::{MetricKind, Metrics, TokenAuthorizer};

const ALICE: NonZeroU64 = NonZeroU64::new(0xA11CE).unwrap();

/// Allows `alice` for the model `digits` only, and counts the requests that it has not checked
/// before.
struct Named {
    checks: Arc<AtomicU32>,
}

impl TokenAuthorizer for Named {
    fn makes_keys(&self) -> bool {
        false
    }

    fn check_token_authorization(&self, request: &Request<'_>, token_type: TokenType) -> Verdict {
        if !request.is_recheck() {
            self.checks.fetch_add(1, Ordering::Relaxed);
        }
        match request.bearer_token() {
            Ok(b"alice") => request.identify(ALICE),
            Ok(_) => return Verdict::DENY_INVALID,
            Err(error) => return error.into(),
        }
        if token_type == TokenType::INFERENCE && request.model() == "digits" {
            Verdict::ALLOW
        } else {
            Verdict::DENY_SCOPE
        }
    }

    fn key_name(&self, key: NonZeroU64) -> Option<String> {
        assert_ne!(key.get(), 13, "a name that panics");
        (key == ALICE).then(|| "alice".to_owned())
    }
}

fn named(checks: &Arc<AtomicU32>) -> TestPlugin {
    let checks = Arc::clone(checks);
    let open = |_: &Host| Ok(Plugin::new().token_authorizer(Named { checks }));
    TestPlugin::open(&TestHost::new(), open).unwrap()
}

#[test]
fn a_check_identifies_the_key_also_if_it_denies() {
    let plugin = named(&Arc::default());
    let authorizer = plugin.token_authorizer();
    assert!(!authorizer.makes_keys());
    let alice = TestRequest::get("/predictions/digits").with_bearer("alice");

    let for_digits = alice.clone().with_model("digits");
    let verdict = authorizer.check_token_authorization(&for_digits, TokenType::INFERENCE);
    assert_eq!((verdict, for_digits.key()), (Verdict::ALLOW, Some(ALICE)));

    // As in a host of 1.0, which reports no model.
    let verdict = authorizer.check_token_authorization(&alice, TokenType::INFERENCE);
    assert_eq!((verdict, alice.key()), (Verdict::DENY_SCOPE, Some(ALICE)));

    let unknown = TestRequest::get("/").with_bearer("bob");
    let verdict = authorizer.check_token_authorization(&unknown, TokenType::INFERENCE);
    assert_eq!((verdict, unknown.key()), (Verdict::DENY_INVALID, None));
}

#[test]
fn an_unknown_token_type_is_denied() {
    let plugin = named(&Arc::default());
    let request = TestRequest::get("/")
        .with_bearer("alice")
        .with_model("digits");
    let unknown = TokenType::from_number(77);
    let verdict = plugin
        .token_authorizer()
        .check_token_authorization(&request, unknown);
    assert!(!verdict.allows());
}

#[test]
fn a_name_is_returned_for_an_id_and_none_after_a_panic() {
    let plugin = named(&Arc::default());
    let authorizer = plugin.token_authorizer();
    assert_eq!(authorizer.key_name(ALICE).as_deref(), Some("alice"));
    assert_eq!(authorizer.key_name(NonZeroU64::MAX), None);
    assert_eq!(authorizer.key_name(NonZeroU64::new(13).unwrap()), None);
}

#[test]
fn a_recheck_is_recognized() {
    let checks = Arc::default();
    let plugin = named(&checks);
    let request = TestRequest::get("/").with_bearer("alice");
    for request in [
        request.clone(),
        request.clone().as_recheck(),
        request.as_recheck(),
    ] {
        let _ = plugin
            .token_authorizer()
            .check_token_authorization(&request, TokenType::INFERENCE);
    }
    assert_eq!(checks.load(Ordering::Relaxed), 1);
}

#[test]
fn an_endpoint_sees_the_id_of_the_key() {
    let request = TestRequest::get("/");
    assert_eq!(request.as_request().key(), None);
    assert_eq!(request.with_key(ALICE).as_request().key(), Some(ALICE));
}

#[test]
fn a_plugin_is_ready_unless_it_says_otherwise_or_panics() {
    let ready = Arc::new(AtomicBool::new(true));
    let seen = Arc::clone(&ready);
    let open = |_: &Host| {
        Ok(Plugin::new().ready_when(move || {
            if seen.load(Ordering::Relaxed) {
                Ok(())
            } else {
                Err(PluginError::new("the store is away"))
            }
        }))
    };
    let plugin = TestPlugin::open(&TestHost::new(), open).unwrap();
    assert_eq!(plugin.ready(), Ok(()));
    ready.store(false, Ordering::Relaxed);
    assert_eq!(plugin.ready(), Err(PluginError::new("the store is away")));

    let silent = TestPlugin::open(&TestHost::new(), |_| Ok(Plugin::new())).unwrap();
    assert_eq!(silent.ready(), Ok(()));

    let panics = |_: &Host| Ok(Plugin::new().ready_when(|| panic!("no")));
    let plugin = TestPlugin::open(&TestHost::new(), panics).unwrap();
    assert_eq!(plugin.ready().unwrap_err().code(), ErrorCode::PANICKED);
}

#[test]
fn metrics_are_those_that_were_reported_before_a_panic() {
    let sample = |metrics: &Metrics<'_>| {
        metrics.counter("rotations", "Keys replaced.", &[("type", "inference")], 3);
        metrics.gauge("age_seconds", "Age of the snapshot.", &[], 0.5);
        panic!("enough");
    };
    let open = |_: &Host| Ok(Plugin::new().metrics(sample));
    let plugin = TestPlugin::open(&TestHost::new(), open).unwrap();
    let metrics = plugin.metrics();
    assert_eq!(metrics.len(), 2);
    let counter = &metrics[0];
    assert_eq!(
        (counter.kind, counter.name.as_str(), counter.value),
        (MetricKind::COUNTER, "rotations", 3.0)
    );
    assert_eq!(
        counter.labels,
        [("type".to_owned(), "inference".to_owned())]
    );
    assert_eq!(
        (metrics[1].kind, metrics[1].value),
        (MetricKind::GAUGE, 0.5)
    );
}

#[test]
fn audit_events_can_be_read() {
    let host = TestHost::new();
    host.host()
        .audit("key_rotated", &[("type", "inference"), ("result", "done")]);
    let audited = host.audited();
    assert_eq!(audited.len(), 1);
    assert_eq!(audited[0].event, "key_rotated");
    assert_eq!(audited[0].fields[1], ("result".into(), "done".into()));
    assert!(host.log().is_empty());
}
