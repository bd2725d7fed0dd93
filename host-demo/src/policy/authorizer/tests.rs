use plugin_api::Verdict;

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
