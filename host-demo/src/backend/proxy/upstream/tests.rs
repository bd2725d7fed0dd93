use std::{num::NonZeroUsize, time::Duration};

use super::*;
use crate::{backend::proxy::client::Protocol, config::UpstreamEjection};

const EJECTION: Duration = Duration::from_secs(5);

fn upstream(addresses: &str) -> Upstream {
    let addresses: UpstreamAddresses = addresses.parse().unwrap();
    let ejection = UpstreamEjection {
        failures_max: NonZeroUsize::MIN,
        duration: EJECTION,
        duration_max: EJECTION,
    };
    let settings = ReplicaSettings {
        protocol: Protocol::Http1,
        connections_max: 1,
        ejection: addresses.are_several().then_some(ejection),
        is_probed: false,
        tls: None,
    };
    Upstream::new("upstream", &addresses, &settings, None).unwrap()
}

fn three() -> Upstream {
    upstream("http://a,http://b,http://c")
}

/// A request, and the host that it is for.
fn choose(upstream: &Upstream) -> Option<(InFlight, String)> {
    choose_at(upstream, Instant::now())
}

fn choose_at(upstream: &Upstream, now: Instant) -> Option<(InFlight, String)> {
    let in_flight = upstream.choose(&mut TriedReplicas::default(), now)?;
    let host = in_flight.replica().origin.host.to_str().unwrap().to_owned();
    Some((in_flight, host))
}

fn host(upstream: &Upstream) -> String {
    choose(upstream).expect("a replica").1
}

fn hold(upstream: &Upstream, host: &str) -> InFlight {
    loop {
        let (in_flight, chosen) = choose(upstream).expect("a replica");
        if chosen == host {
            return in_flight;
        }
    }
}

#[test]
fn replicas_with_as_many_requests_have_their_turn() {
    let upstream = three();
    let hosts: Vec<_> = (0..6).map(|_| host(&upstream)).collect();
    assert_eq!(hosts, ["a", "b", "c", "a", "b", "c"]);
}

#[test]
fn the_replica_with_the_fewest_requests_is_chosen() {
    let upstream = three();
    let _of_a = hold(&upstream, "a");
    let _of_b = hold(&upstream, "b");
    for _ in 0..4 {
        assert_eq!(host(&upstream), "c");
    }
    let _of_c = [hold(&upstream, "c"), hold(&upstream, "c")];
    for _ in 0..4 {
        assert_ne!(host(&upstream), "c");
    }
}

#[test]
fn a_request_counts_until_it_ends() {
    let upstream = upstream("http://a,http://b");
    let of_a = hold(&upstream, "a");
    assert_eq!(upstream.snapshot().replicas[0].in_flight, 1);
    assert_eq!([host(&upstream), host(&upstream)], ["b", "b"]);
    drop(of_a);
    assert_eq!(upstream.snapshot().replicas[0].in_flight, 0);
    let hosts = [host(&upstream), host(&upstream)];
    assert!(hosts.contains(&"a".to_owned()), "{hosts:?}");
}

#[test]
fn each_replica_is_tried_once() {
    let upstream = three();
    let (mut tried, now) = (TriedReplicas::default(), Instant::now());
    let mut held: Vec<InFlight> = Vec::new();
    while let Some(in_flight) = upstream.choose(&mut tried, now) {
        held.push(in_flight);
    }
    let mut hosts: Vec<_> = held
        .iter()
        .map(|one| one.replica().origin.host.clone())
        .collect();
    hosts.sort_unstable_by_key(|host| host.to_str().unwrap().to_owned());
    assert_eq!(hosts, ["a", "b", "c"]);
}

#[test]
fn a_replica_that_is_down_gets_no_requests() {
    let upstream = upstream("http://a,http://b");
    let now = Instant::now();
    hold(&upstream, "a").record_failure(now, String::new);
    assert!(upstream.is_up(now));
    for _ in 0..4 {
        assert_eq!(host(&upstream), "b");
    }
    upstream.replicas()[1].record_probe(false, "");
    assert!(!upstream.is_up(now));
    assert!(choose_at(&upstream, now).is_none());
    let healthy = upstream.snapshot().replicas;
    assert!(healthy.iter().all(|replica| !replica.is_healthy));
}

#[test]
fn one_request_at_a_time_tries_a_replica_that_was_ejected() {
    let upstream = upstream("http://a,http://b");
    let now = Instant::now();
    hold(&upstream, "a").record_failure(now, String::new);
    upstream.replicas()[1].record_probe(false, "");

    let later = now + EJECTION;
    assert!(upstream.is_up(later));
    let (trial, host) = choose_at(&upstream, later).expect("a trial");
    assert_eq!(host, "a");
    assert!(choose_at(&upstream, later).is_none());
    trial.record_response();
    assert!(choose_at(&upstream, later).is_some());
}

#[test]
fn a_replica_without_another_one_is_always_tried_once() {
    let upstream = upstream("http://a");
    let now = Instant::now();
    upstream.replicas()[0].record_probe(false, "");
    assert!(!upstream.is_up(now));
    let mut tried = TriedReplicas::default();
    let in_flight = upstream.choose(&mut tried, now).expect("the replica");
    in_flight.record_failure(now, String::new);
    assert!(upstream.choose(&mut tried, now).is_none());
    assert!(choose_at(&upstream, now).is_some());
}

#[test]
fn what_is_counted_is_told() {
    let upstream = three();
    upstream.count_failover();
    upstream.count_failure(ForwardFailure::Closed);
    upstream.count_failure(ForwardFailure::Closed);
    hold(&upstream, "b").record_failure(Instant::now(), String::new);
    let told = upstream.snapshot();
    assert_eq!((told.name, told.failovers), ("upstream", 1));
    for (reason, count) in told.failures {
        let expected = 2 * u64::from(reason == ForwardFailure::Closed);
        assert_eq!(count, expected, "{reason:?}");
    }
    let ejections: Vec<_> = told.replicas.iter().map(|one| one.ejections).collect();
    assert_eq!(ejections, [0, 1, 0]);
    assert_eq!(told.replicas[1].address, "http://b");
}
