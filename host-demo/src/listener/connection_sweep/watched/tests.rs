use super::*;
use crate::http::{
    connection_limits::LimitValues,
    running_request::RunningRequest,
    test_support::{LIMITS, connection_with},
};

const SECOND: Duration = Duration::from_secs(1);

/// A connection, and when it is asked to end, in seconds from its beginning.
struct Watch {
    state: Arc<ConnectionState>,
    watched: Watched,
    start: Instant,
}

impl Watch {
    fn new() -> Self {
        let state = connection_with(LimitValues {
            header_timeout: 5 * SECOND,
            idle_timeout: 10 * SECOND,
            write_timeout: 20 * SECOND,
            ..LIMITS
        });
        let start = Instant::now();
        Self {
            watched: Watched::new(Arc::clone(&state), start),
            state,
            start,
        }
    }

    /// One whose requests are served.
    fn serving() -> Self {
        let watch = Self::new();
        watch.state.begin_serving();
        watch
    }

    /// Looks at each second of a range; the first one at which the connection is asked to end.
    fn ends_within(&mut self, seconds: std::ops::Range<u32>) -> Option<u32> {
        seconds.into_iter().find(|second| {
            self.watched.look(self.start + *second * SECOND);
            let context = std::task::Context::from_waker(std::task::Waker::noop());
            self.state.poll_close(&context).is_some()
        })
    }
}

#[test]
fn without_a_running_request_it_ends_after_the_idle_time() {
    let mut watch = Watch::serving();
    assert_eq!(watch.ends_within(1..100), Some(10));
}

#[test]
fn a_request_begins_the_idle_time_anew() {
    let mut watch = Watch::serving();
    assert_eq!(watch.ends_within(1..8), None);
    drop(RunningRequest::begin(&watch.state));
    assert_eq!(watch.ends_within(8..100), Some(18));
}

#[test]
fn a_running_request_is_not_idle() {
    let mut watch = Watch::serving();
    let _request = RunningRequest::begin(&watch.state);
    assert_eq!(watch.ends_within(1..1000), None);
}

#[test]
fn a_client_that_takes_no_part_in_the_end_is_cut_off() {
    let mut watch = Watch::serving();
    assert_eq!(watch.ends_within(1..100), Some(10));
    let context = std::task::Context::from_waker(std::task::Waker::noop());
    assert_eq!(watch.state.poll_close(&context), Some(Close::Finish));
    for second in 11..13 {
        watch.watched.look(watch.start + second * SECOND);
    }
    assert_eq!(watch.state.poll_close(&context), Some(Close::Abort));
}

/// Over HTTP/2 a client can do so until it confirms that it was asked to end.
#[test]
fn a_response_that_is_not_taken_ends_a_connection_that_was_asked_to_end_before() {
    let mut watch = Watch::serving();
    assert_eq!(watch.ends_within(1..100), Some(10));
    let _request = RunningRequest::begin(&watch.state);
    watch.state.enter_unsent();

    let ended = (11..100).find(|second| {
        watch.watched.look(watch.start + *second * SECOND);
        watch.state.is_asked_to_abort()
    });

    assert_eq!(ended, Some(31));
}

#[test]
fn a_head_that_does_not_end_is_cut_off_however_much_of_it_arrives() {
    let mut watch = Watch::serving();
    assert_eq!(watch.ends_within(1..4), None);
    watch.state.set_reading_head(true);
    assert_eq!(watch.ends_within(4..100), Some(9));
}

#[test]
fn a_response_that_is_not_taken_ends_the_connection_whatever_else_is_taken() {
    let mut watch = Watch::serving();
    let _request = RunningRequest::begin(&watch.state);
    watch.state.enter_unsent();
    let mut ended = None;
    for second in 1..100 {
        let taken = watch.state.enter_unsent();
        watch.state.leave_unsent(taken);
        ended = ended.or_else(|| watch.ends_within(second..second + 1));
    }
    assert_eq!(ended, Some(21));
}

#[test]
fn with_a_good_key_the_connection_stays_while_the_client_takes_something() {
    let mut watch = Watch::serving();
    let mut request = RunningRequest::begin(&watch.state);
    request.permit();
    watch.state.enter_unsent();
    for second in 1..100 {
        let taken = watch.state.enter_unsent();
        watch.state.leave_unsent(taken);
        assert_eq!(watch.ends_within(second..second + 1), None);
    }
    assert_eq!(watch.ends_within(100..200), Some(119));
}

#[test]
fn a_response_that_comes_after_a_long_time_has_the_whole_time_to_be_taken() {
    let mut watch = Watch::serving();
    let mut request = RunningRequest::begin(&watch.state);
    request.permit();
    assert_eq!(watch.ends_within(1..100), None);
    watch.state.enter_unsent();
    assert_eq!(watch.ends_within(100..200), Some(120));
}

#[test]
fn pieces_that_are_taken_in_time_never_end_it() {
    let mut watch = Watch::serving();
    let _request = RunningRequest::begin(&watch.state);
    let mut waiting = watch.state.enter_unsent();
    for second in 1..100 {
        let next = watch.state.enter_unsent();
        watch.state.leave_unsent(waiting);
        waiting = next;
        assert_eq!(watch.ends_within(second..second + 1), None);
    }
}

#[test]
fn before_the_protocol_is_known_and_after_the_end_nothing_is_looked_at() {
    let mut watch = Watch::new();
    assert_eq!(watch.ends_within(1..1000), None);
    watch.state.end();
    assert!(!watch.watched.look(watch.start));
}
