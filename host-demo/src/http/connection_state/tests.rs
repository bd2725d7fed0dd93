use std::task::Waker;

use crate::http::{connection_state::Close, test_support::connection};

#[test]
fn a_request_to_close_is_not_made_milder() {
    let state = connection();
    let context = std::task::Context::from_waker(Waker::noop());
    assert_eq!(state.poll_close(&context), None);
    state.close(Close::Finish);
    assert_eq!(state.poll_close(&context), Some(Close::Finish));
    state.close(Close::Abort);
    state.close(Close::Finish);
    assert_eq!(state.poll_close(&context), Some(Close::Abort));
}

#[test]
fn pieces_that_are_not_taken_grow_old_together() {
    let state = connection();
    let first = state.enter_unsent();
    assert!(state.has_unsent() && !state.has_old_unsent());
    state.age_unsent();
    assert!(state.has_old_unsent());
    let second = state.enter_unsent();
    state.leave_unsent(first);
    assert!(state.has_unsent() && !state.has_old_unsent());
    state.leave_unsent(second);
    assert!(!state.has_unsent());
}
