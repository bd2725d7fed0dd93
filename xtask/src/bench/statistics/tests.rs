use super::Summary;

#[test]
fn the_order_of_the_values_does_not_matter() {
    let summary = Summary::of(&[5.0, 1.0, 3.0, 2.0, 4.0]).unwrap();
    let expected = Summary {
        median: 3.0,
        low: 2.0,
        high: 4.0,
    };
    assert_eq!(summary, expected);
}

#[test]
fn quantiles_are_interpolated_between_two_values() {
    let summary = Summary::of(&[10.0, 20.0]).unwrap();
    assert_eq!(
        (summary.low, summary.median, summary.high),
        (12.5, 15.0, 17.5)
    );
}

#[test]
fn one_value_is_its_own_summary_and_no_value_has_none() {
    let summary = Summary::of(&[7.0]).unwrap();
    assert_eq!((summary.low, summary.median, summary.high), (7.0, 7.0, 7.0));
    assert_eq!(Summary::of(&[]), None);
}
