use super::*;

#[test]
fn an_interrupted_start_makes_no_keys() {
    let control = StartControl::default();
    assert_eq!(control.check(), Ok(()));

    assert!(control.interrupt());

    assert_eq!(control.check(), Err(Interrupted));
    assert_eq!(control.begin_keys(), Err(Interrupted));
}

#[test]
fn a_start_that_makes_its_keys_goes_on() {
    let control = StartControl::default();
    assert_eq!(control.begin_keys(), Ok(()));

    assert!(!control.interrupt());

    assert_eq!(control.check(), Ok(()));
}
