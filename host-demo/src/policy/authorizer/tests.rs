use super::*;

#[test]
fn only_the_verdict_allow_allows() {
    assert!(Verdict::ALLOW.allows());
    for verdict in [
        Verdict::DENY,
        Verdict::DENY_MISSING,
        Verdict::DENY_INVALID,
        Verdict::DENY_SCOPE,
    ] {
        assert!(!verdict.allows(), "{verdict:?}");
    }
}

#[test]
fn every_denial_keeps_its_reason() {
    for (verdict, denied) in [
        (Verdict::DENY, Denied::Unspecified),
        (Verdict::DENY_MISSING, Denied::Missing),
        (Verdict::DENY_INVALID, Denied::Invalid),
        (Verdict::DENY_SCOPE, Denied::Scope),
    ] {
        assert_eq!(Denied::from(verdict), denied);
    }
}
