use super::*;

fn key(number: u64) -> NonZeroU64 {
    NonZeroU64::new(number).unwrap()
}

fn collected(principals: &Principals, counters: &KeyCounters) -> Vec<(String, u64)> {
    let name_of = |key: NonZeroU64| (key.get() < 3).then(|| format!("key {key}"));
    principals.collect([counters].into_iter(), &name_of);
    principals.requests()
}

#[test]
fn requests_are_added_up_by_the_name_of_their_key() {
    let (principals, counters) = (Principals::default(), KeyCounters::new());
    counters.count(key(1));
    counters.count(key(2));
    counters.count(key(2));
    assert_eq!(
        collected(&principals, &counters),
        [("key 1".to_owned(), 1), ("key 2".to_owned(), 2)]
    );
    counters.count(key(1));
    assert_eq!(
        collected(&principals, &counters),
        [("key 1".to_owned(), 2), ("key 2".to_owned(), 2)]
    );
}

#[test]
fn the_metrics_can_be_read_while_a_plugin_is_asked_for_a_name() {
    let (principals, counters) = (Principals::default(), KeyCounters::new());
    counters.count(key(1));
    principals.collect([&counters].into_iter(), &|_| {
        assert!(!principals.0.is_locked());
        None
    });
    assert_eq!(principals.requests(), [(OTHER.to_owned(), 1)]);
}

#[test]
fn two_keys_of_one_name_are_one_principal() {
    let (principals, counters) = (Principals::default(), KeyCounters::new());
    counters.count(key(1));
    counters.count(key(2));
    principals.collect([&counters].into_iter(), &|_| Some("inference".to_owned()));
    assert_eq!(principals.requests(), [("inference".to_owned(), 2)]);
}

#[test]
fn a_key_that_has_no_name_any_more_keeps_its_last_one() {
    let (principals, counters) = (Principals::default(), KeyCounters::new());
    counters.count(key(1));
    collected(&principals, &counters);
    counters.count(key(1));
    principals.collect([&counters].into_iter(), &|_| None);
    assert_eq!(principals.requests(), [("key 1".to_owned(), 2)]);
}

#[test]
fn a_key_that_never_had_a_name_counts_as_other() {
    let (principals, counters) = (Principals::default(), KeyCounters::new());
    counters.count(key(99));
    assert_eq!(collected(&principals, &counters), [(OTHER.to_owned(), 1)]);
}

#[test]
fn no_request_is_lost_when_there_are_more_keys_than_slots() {
    let (principals, counters) = (Principals::default(), KeyCounters::new());
    for number in 1..=1000 {
        counters.count(key(number));
    }
    principals.collect([&counters].into_iter(), &|key| Some(key.to_string()));
    let requests: u64 = principals.requests().iter().map(|(_, count)| count).sum();
    assert_eq!(requests, 1000);
    assert!(principals.requests().len() <= SLOTS + 1);
}

#[test]
fn slots_of_collected_keys_are_used_again() {
    let (principals, counters) = (Principals::default(), KeyCounters::new());
    for number in 1..=1000 {
        counters.count(key(number));
        principals.collect([&counters].into_iter(), &|key| Some(key.to_string()));
    }
    let all = principals.requests();
    assert_eq!(all.len(), NAMES_MAX);
    assert!(!all.iter().any(|(name, _)| name == OTHER));
}

#[test]
fn the_number_of_names_is_bounded() {
    let (principals, counters) = (Principals::default(), KeyCounters::new());
    for number in 1..=2000 {
        counters.count(key(number));
        principals.collect([&counters].into_iter(), &|key| Some(key.to_string()));
    }
    let all = principals.requests();
    assert_eq!(all.len(), NAMES_MAX + 1);
    assert!(all.contains(&(OTHER.to_owned(), 1000)));
}
