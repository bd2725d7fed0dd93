use tokio::runtime::Builder;

use super::*;
use crate::http::{running_request::RunningRequest, test_support::connection};

fn run<T>(work: impl Future<Output = T>) -> T {
    Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(work)
}

fn places(max: usize) -> Arc<Places> {
    Arc::new(Places::new(max, Arc::clone(connection().limits())))
}

/// Takes the place that becomes free when the connection that is asked for it ends; says which one was.
async fn take_one_of(places: &Arc<Places>, open: &mut Vec<Place>) -> usize {
    let freed = std::cell::Cell::new(None);
    let taking = places.take();
    let giving = async {
        tokio::task::yield_now().await;
        let asked = open.iter().position(|one| one.state().is_asked_to_abort());
        freed.set(asked);
        drop(asked.map(|index| open.remove(index)));
    };
    let (taken, ()) = tokio::join!(taking, giving);
    open.push(taken.unwrap());
    freed.get().expect("one is asked to end")
}

async fn full(places: &Arc<Places>, count: usize) -> Vec<Place> {
    let mut open = Vec::new();
    for _ in 0..count {
        open.push(places.take().await.unwrap());
    }
    open
}

#[test]
fn while_there_is_room_no_connection_ends() {
    run(async {
        let open = full(&places(3), 3).await;
        assert!(!open.iter().any(|one| one.state().is_asked_to_abort()));
    });
}

#[test]
fn the_one_that_was_not_used_for_longest_goes_first() {
    run(async {
        let places = places(3);
        let mut open = full(&places, 3).await;
        let first = Arc::clone(open[0].state());
        first.set_used_at(first.used_at() + std::time::Duration::from_secs(5));
        assert_eq!(take_one_of(&places, &mut open).await, 1);
        assert_eq!(take_one_of(&places, &mut open).await, 1);
    });
}

/// It may take its time for that, or never end.
#[test]
fn one_that_was_asked_to_end_in_order_goes_like_any_other() {
    run(async {
        let places = places(2);
        let mut open = full(&places, 2).await;
        for place in &open {
            place.state().close(Close::Finish);
        }
        let is_aborted = |place: &Place| place.state().is_asked_to_abort();
        places.make_room();
        assert_eq!(open.iter().position(is_aborted), Some(0));
        open.remove(0);
        places.take().await.unwrap();
    });
}

#[test]
fn one_with_a_running_request_goes_after_the_idle_ones() {
    run(async {
        let places = places(2);
        let mut open = full(&places, 2).await;
        let _request = RunningRequest::begin(open[0].state());
        assert_eq!(take_one_of(&places, &mut open).await, 1);
    });
}

#[test]
fn one_with_a_running_request_that_has_a_good_key_never_goes() {
    run(async {
        let places = places(2);
        let mut open = full(&places, 2).await;
        let mut requests = Vec::new();
        for place in &open {
            let mut request = RunningRequest::begin(place.state());
            request.permit();
            requests.push(request);
        }
        let taking = places.take();
        tokio::select! {
            biased;
            _ = taking => unreachable!("there is no place"),
            () = tokio::task::yield_now() => {}
        }
        assert!(!open.iter().any(|one| one.state().is_asked_to_abort()));
        open.pop();
        places.take().await.unwrap();
    });
}

#[test]
fn one_that_has_shown_a_good_key_goes_after_all_that_have_not() {
    run(async {
        let places = places(2);
        let mut open = full(&places, 2).await;
        RunningRequest::begin(open[0].state()).permit();
        let _request = RunningRequest::begin(open[1].state());
        assert_eq!(take_one_of(&places, &mut open).await, 1);
    });
}

/// Its key may have been replaced since.
#[test]
fn where_all_have_shown_a_good_key_one_that_is_idle_goes() {
    run(async {
        let places = places(3);
        let mut open = full(&places, 3).await;
        for place in &open {
            RunningRequest::begin(place.state()).permit();
        }
        let mut running = RunningRequest::begin(open[0].state());
        running.permit();
        // As after an upgrade.
        open[1].state().end();
        assert_eq!(take_one_of(&places, &mut open).await, 2);
        assert!(!open.iter().any(|one| one.state().is_asked_to_abort()));
    });
}

#[test]
fn no_more_go_while_as_many_are_ending() {
    run(async {
        let places = places(4 * PART_FREED);
        let mut open = full(&places, 4 * PART_FREED).await;
        places.make_room();
        let asked = |open: &[Place]| {
            let asked = open.iter().filter(|one| one.state().is_asked_to_abort());
            asked.count()
        };
        places.make_room();
        assert_eq!(asked(&open), 4);

        open.remove(0);
        places.make_room();
        assert_eq!(asked(&open), 4);
    });
}

#[test]
fn several_go_at_once_where_there_are_many() {
    run(async {
        let places = places(4 * PART_FREED);
        let open = full(&places, 4 * PART_FREED).await;
        places.make_room();
        let asked = open.iter().filter(|one| one.state().is_asked_to_abort());
        assert_eq!(asked.count(), 4);
        assert!(open[3].state().is_asked_to_abort());
    });
}
