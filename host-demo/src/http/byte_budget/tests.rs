use std::{sync::Barrier, thread};

use bytes::Bytes;

use super::{BudgetExhausted, ByteBudget};
use crate::telemetry::metrics::BufferedBytes as _;

#[test]
fn bytes_are_in_use_until_their_last_reference_is_gone() {
    let budget = ByteBudget::new(10);
    let body = budget.hold(Bytes::from_static(b"0123456789")).unwrap();
    let piece = body.slice(3..5);
    assert_eq!(body, b"0123456789"[..]);
    assert_eq!(budget.used(), 10);

    drop(body);
    assert_eq!(budget.used(), 10);
    assert!(budget.hold(Bytes::from_static(b"x")).is_err());

    assert_eq!(piece, b"34"[..]);
    drop(piece);
    assert_eq!(budget.used(), 0);
    assert!(budget.hold(Bytes::from_static(b"x")).is_ok());
}

#[test]
fn a_reservation_grows_as_far_as_there_is_room() {
    let budget = ByteBudget::new(10);
    let mut reservation = budget.reservation();
    reservation.grow_to(6).unwrap();
    reservation.grow_to(4).unwrap();
    assert_eq!(budget.used(), 6);

    assert!(matches!(reservation.grow_to(11), Err(BudgetExhausted)));
    assert!(matches!(
        reservation.grow_to(usize::MAX),
        Err(BudgetExhausted)
    ));
    assert_eq!(budget.used(), 6);

    reservation.grow_to(10).unwrap();
    drop(reservation);
    assert_eq!(budget.used(), 0);
}

#[test]
fn a_part_leaves_the_rest_to_others() {
    let budget = ByteBudget::new(10);
    let part = budget.part(4);
    let mut of_the_part = part.reservation();
    of_the_part.grow_to(4).unwrap();

    assert!(of_the_part.grow_to(5).is_err());
    assert!(budget.reservation().grow_to(6).is_ok());
    drop(of_the_part);

    let mut others = budget.reservation();
    others.grow_to(5).unwrap();
    assert!(part.reservation().grow_to(1).is_err());
}

#[test]
fn threads_together_never_exceed_the_budget_and_leave_nothing_behind() {
    const THREADS: usize = 4;
    let budget = ByteBudget::new(100);
    let start = Barrier::new(THREADS);

    thread::scope(|scope| {
        for number in 0..THREADS {
            let (budget, start) = (&budget, &start);
            scope.spawn(move || {
                start.wait();
                for round in 0..10_000 {
                    let mut reservation = budget.reservation();
                    let first = reservation.grow_to(number * 10 + round % 7);
                    let second = reservation.grow_to(90);
                    assert!(budget.used() <= 100);
                    let _ = (first, second);
                }
            });
        }
    });

    assert_eq!(budget.used(), 0);
}
