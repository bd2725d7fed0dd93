use std::{
    cell::Cell,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Closed, Leaving, ReloadScope, Succession};

#[derive(Debug)]
struct Replaced;

impl Leaving for Replaced {
    fn is_over(&mut self) -> bool {
        true
    }

    fn end(self) {}
}

fn succession() -> Succession<u32, Replaced> {
    Succession::new(1)
}

#[test]
fn after_an_end_that_did_not_wait_long_enough_no_generation_takes_over() {
    let succession = succession();
    let turn = succession.begin(ReloadScope::Everything).unwrap();
    let ended = Cell::new(0);
    let taken_over = turn.take_over::<(), Closed>(|| {
        assert!(!succession.close(Instant::now(), |_| unreachable!()));
        succession.close_at_once(Duration::ZERO, |current| ended.set(*current));
        Ok((2, Replaced, ()))
    });
    assert_eq!(taken_over, Err(Closed));
    assert_eq!(ended.get(), 1);
    assert_eq!(**succession.current(), 1);
}

#[test]
fn a_reload_that_fails_leaves_the_generation_in_place() {
    #[derive(Debug, PartialEq)]
    enum Failure {
        Closed,
        Other,
    }
    impl From<Closed> for Failure {
        fn from(Closed: Closed) -> Self {
            Self::Closed
        }
    }
    let succession = succession();
    let turn = succession.begin(ReloadScope::Everything).unwrap();
    let failed = turn.take_over::<(), _>(|| Err(Failure::Other));
    assert_eq!(failed, Err(Failure::Other));
    assert_eq!(turn.current(), Arc::new(1));
    turn.take_over::<(), Closed>(|| Ok((2, Replaced, ())))
        .unwrap();
    assert_eq!(turn.current(), Arc::new(2));
    drop(turn);

    assert!(succession.close(Instant::now(), |_| {}));
    let closed = succession.begin(ReloadScope::Everything).map(drop);
    assert_eq!(closed, Err(Closed));
}
