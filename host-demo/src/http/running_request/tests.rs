use super::*;
use crate::http::{
    connection_limits::LimitValues,
    test_support::{LIMITS, connection_with},
};

fn connection_of(streams: u32, requests: usize) -> Arc<ConnectionState> {
    connection_with(LimitValues {
        streams_before_key_max: streams,
        requests_before_key_max: requests,
        ..LIMITS
    })
}

/// Another connection with the same limits.
fn sibling(of: &ConnectionState) -> Arc<ConnectionState> {
    let limits = Arc::clone(of.limits());
    Arc::new(ConnectionState::new(limits, tokio::time::Instant::now()))
}

#[test]
fn a_request_runs_until_it_is_dropped() {
    let connection = connection_of(1, 1);
    let mut request = RunningRequest::begin(&connection);
    assert!(connection.is_running() && !connection.is_running_permitted());
    request.permit();
    assert!(connection.is_running_permitted());
    drop(request);
    assert!(!connection.is_running() && !connection.is_running_permitted());
    assert!(connection.has_permit());
}

#[test]
fn one_more_than_a_connection_may_have_before_its_first_key_exceeds() {
    let connection = connection_of(2, 100);
    let running = [(); 2].map(|()| RunningRequest::begin(&connection));
    assert!(running.iter().all(|request| request.exceeds().is_none()));
    let third = RunningRequest::begin(&connection);
    assert_eq!(third.exceeds(), Some(Limit::StreamsBeforeKey));
}

#[test]
fn a_request_with_a_good_key_never_exceeds_and_neither_does_one_after_it() {
    let connection = connection_of(1, 1);
    let _first = RunningRequest::begin(&connection);
    let mut second = RunningRequest::begin(&connection);
    second.permit();
    assert_eq!(second.exceeds(), None);
    assert_eq!(RunningRequest::begin(&connection).exceeds(), None);
}

#[test]
fn all_connections_share_a_limit_and_each_has_one_request() {
    let first = connection_of(100, 2);
    let second = sibling(&first);
    let running = [(); 2].map(|()| RunningRequest::begin(&first));
    let only_one = RunningRequest::begin(&second);
    assert_eq!(only_one.exceeds(), None);
    let another = RunningRequest::begin(&second);
    assert_eq!(another.exceeds(), Some(Limit::RequestsBeforeKey));

    drop((running, only_one, another));

    let again = [(); 2].map(|()| RunningRequest::begin(&second));
    assert!(again.iter().all(|request| request.exceeds().is_none()));
}

#[test]
fn a_request_that_is_permitted_leaves_the_shared_limit() {
    let connection = connection_of(100, 1);
    let mut request = RunningRequest::begin(&connection);
    request.permit();
    assert_eq!(connection.limits().requests_before_key.load(Relaxed), 0);
    drop(request);
    assert_eq!(connection.limits().requests_before_key.load(Relaxed), 0);
}

#[test]
fn a_connection_that_goes_on_after_refusals_is_closed() {
    let connection = connection_of(2, 100);
    let request = RunningRequest::begin(&connection);
    for _ in 0..2 {
        request.refuse(Limit::StreamsBeforeKey);
        assert!(!connection.is_asked_to_abort());
    }
    request.refuse(Limit::StreamsBeforeKey);
    assert!(connection.is_asked_to_abort());
}

#[test]
fn a_connection_that_leaves_bodies_open_is_not_read_for_a_while_unless_it_has_a_good_key() {
    for is_permitted in [false, true] {
        let connection = connection_of(2, 100);
        if is_permitted {
            RunningRequest::begin(&connection).permit();
        }
        for _ in 0..2 {
            assert!(!connection.has_left_too_many_bodies());
            RunningRequest::begin(&connection).leave_body();
        }
        assert_eq!(connection.has_left_too_many_bodies(), !is_permitted);
        connection.forget_left_bodies();
        assert!(!connection.has_left_too_many_bodies());
    }
}
