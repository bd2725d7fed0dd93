use super::*;

#[test]
fn a_text_that_was_taken_is_not_shown_again() {
    let (shared, now) = (SharedText::default(), Instant::now());
    assert_eq!(shared.held(now), None);
    drop(shared.keep(Bytes::from("text".to_owned()), now));
    assert_eq!(shared.held(now), None);
}

#[test]
fn a_text_that_is_not_taken_is_shared_for_a_second() {
    let (shared, now) = (SharedText::default(), Instant::now());
    let first = shared.keep(Bytes::from("text".to_owned()), now);
    let second = shared.held(now).expect("it is held");
    assert_eq!(first.as_ptr(), second.as_ptr());
    assert_eq!(shared.held(now + AGE_MAX), None);
}
