use super::*;

#[test]
fn one_line_a_minute_is_allowed() {
    let limit = LogLimit::new();
    let after = |seconds| limit.start + Duration::from_secs(seconds);
    assert!(limit.allows(after(0)));
    assert!(!limit.allows(after(0)));
    assert!(!limit.allows(after(59)));
    assert!(limit.allows(after(60)));
    assert!(!limit.allows(after(61)));
}
