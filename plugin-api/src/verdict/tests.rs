use super::*;

#[test]
fn a_limit_keeps_its_seconds_and_denies() {
    for seconds in [0, 1, 60, u16::MAX] {
        let verdict = Verdict::deny_limit(seconds);
        assert_eq!(verdict.retry_after_sec(), Some(seconds));
        assert!(!verdict.allows());
    }
    assert_eq!(format!("{:?}", Verdict::deny_limit(5)), "DENY_LIMIT (5 s)");
}

#[test]
fn no_other_verdict_has_a_time_to_wait() {
    for number in [0, 1, 2, 3, 4, 5, 0xFFFF, 0x2_0000, 0x3_0005, u32::MAX] {
        assert_eq!(Verdict(number).retry_after_sec(), None, "{number:#x}");
    }
}

#[test]
fn each_verdict_keeps_its_number() {
    for (number, verdict) in [
        (0, Verdict::DENY),
        (1, Verdict::ALLOW),
        (2, Verdict::DENY_MISSING),
        (3, Verdict::DENY_INVALID),
        (4, Verdict::DENY_SCOPE),
        (5, Verdict::DENY_EXPIRED),
        (0x1_0005, Verdict::deny_limit(5)),
    ] {
        assert_eq!(verdict, Verdict(number));
    }
}

#[test]
fn only_allow_allows() {
    let allowing = (0..=0x2_0000).filter(|&number| Verdict(number).allows());
    assert_eq!(allowing.collect::<Vec<_>>(), [1]);
}
