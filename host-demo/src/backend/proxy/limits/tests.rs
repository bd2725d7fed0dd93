use std::num::NonZeroU64;

use http::header::RETRY_AFTER;

use super::*;

fn principal(number: u64) -> Option<Principal> {
    NonZeroU64::new(number).map(Principal::new)
}

/// Limits of which the values do not change.
struct Limits(Arc<RequestLimits>, ConcurrencyLimits);

impl Limits {
    fn admit(&self, principal: Option<Principal>) -> Result<RequestShare, LimitReached> {
        self.0.admit(principal, self.1)
    }
}

fn limits(requests: usize, of_key: usize) -> Limits {
    Limits(Arc::default(), values(requests, of_key))
}

fn values(requests: usize, of_key: usize) -> ConcurrencyLimits {
    ConcurrencyLimits {
        requests_max: NonZeroUsize::new(requests),
        requests_per_key_max: NonZeroUsize::new(of_key),
    }
}

#[test]
fn a_limit_that_is_lowered_counts_the_requests_from_before() {
    let limits: Arc<RequestLimits> = Arc::default();
    let before: Vec<_> = (1..=3)
        .map(|number| limits.admit(principal(number), values(0, 0)).unwrap())
        .collect();
    let refused = limits.admit(None, values(3, 0)).unwrap_err();
    assert_eq!(refused, LimitReached::Requests);
    drop(before);
    limits.admit(None, values(3, 0)).unwrap();
}

#[test]
fn a_share_that_is_dropped_makes_room() {
    let limits = limits(2, 0);
    let first = limits.admit(principal(1)).unwrap();
    let second = limits.admit(None).unwrap();
    assert_eq!(limits.admit(None).unwrap_err(), LimitReached::Requests);
    drop(first);
    limits.admit(principal(2)).unwrap();
    drop(second);
}

#[test]
fn a_request_that_its_key_refuses_takes_no_room_of_others() {
    let limits = limits(2, 1);
    let first = limits.admit(principal(1)).unwrap();
    for _ in 0..10 {
        let refused = limits.admit(principal(1)).unwrap_err();
        assert_eq!(refused, LimitReached::RequestsOfKey);
    }
    let second = limits.admit(principal(2)).unwrap();
    assert_eq!(
        limits.admit(principal(3)).unwrap_err(),
        LimitReached::Requests
    );
    drop((first, second));
}

#[test]
fn requests_without_a_key_take_no_place_of_others_and_have_a_quarter_as_many() {
    let limits = limits(8, 0);
    let without_key = || limits.0.admit_without_key(limits.1, 1024);
    let shares = (without_key().unwrap(), without_key().unwrap());
    let refused = without_key().unwrap_err();
    assert_eq!(refused, LimitReached::RequestsWithoutKey);
    let others: Vec<_> = (0..8).map(|_| limits.admit(None).unwrap()).collect();
    drop(shares);
    without_key().unwrap();
    drop(others);
}

#[test]
fn requests_without_a_key_leave_connections_to_others() {
    let limits: Arc<RequestLimits> = Arc::default();
    let shares: Vec<_> = (0..100)
        .map_while(|_| limits.admit_without_key(values(0, 0), 16).ok())
        .collect();
    assert_eq!(shares.len(), 4);
    drop(shares);
    let only = limits.admit_without_key(values(0, 0), 1).unwrap();
    limits.admit_without_key(values(0, 0), 1).unwrap_err();
    drop(only);
}

#[test]
fn without_a_principal_only_the_limit_of_all_counts() {
    let limits = limits(0, 1);
    let shares: Vec<_> = (0..100).map(|_| limits.admit(None).unwrap()).collect();
    assert_eq!(shares.len(), 100);
}

#[test]
fn without_limits_nothing_is_refused() {
    let limits = limits(0, 0);
    let shares: Vec<_> = (0..100)
        .map(|_| limits.admit(principal(1)).unwrap())
        .collect();
    assert_eq!(shares.len(), 100);
}

#[test]
fn each_limit_has_its_status_and_a_time_to_try_again() {
    for (reached, status, limit) in [
        (LimitReached::Requests, 503, Limit::Requests),
        (LimitReached::Keys, 503, Limit::Keys),
        (
            LimitReached::RequestsWithoutKey,
            503,
            Limit::RequestsWithoutKey,
        ),
        (LimitReached::RequestsOfKey, 429, Limit::RequestsPerKey),
    ] {
        let rejection = Rejection::from(reached);
        assert_eq!(rejection.limit(), Some(limit));
        let response = rejection.into_response(crate::http::rejection::ErrorForm::TorchServe);
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.headers()[RETRY_AFTER], "1");
    }
}
