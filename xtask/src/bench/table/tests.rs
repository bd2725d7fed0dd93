use super::{Goal, Table, Unit, number};

const NANOSECONDS: Unit = Unit {
    suffix: " ns",
    digits: 1,
};

#[test]
fn a_row_shows_the_median_the_middle_half_and_whether_the_goal_is_met() {
    let mut table = Table::default();
    table.add("fast", &[39.0, 40.0, 41.0], NANOSECONDS, Goal::AtMost(40.0));
    table.add("slow", &[40.5], NANOSECONDS, Goal::AtMost(40.0));
    table.add("missing", &[], NANOSECONDS, Goal::AtMost(40.0));
    table.add_exact("none", Some(0.0), Goal::AtMost(0.0));
    table.add_exact("many", Some(1234.0), Goal::None);
    assert_eq!(
        table.to_string(),
        "\
| what | measured | goal |
| --- | --- | --- |
| fast | 40.0 ns (39.5 to 40.5) | at most 40 ns: met |
| slow | 40.5 ns (40.5 to 40.5) | at most 40 ns: **missed** |
| missing | not measured | at most 40 ns |
| none | 0 | at most 0: met |
| many | 1,234 |  |
"
    );
}

#[test]
fn a_ratio_is_compared_before_it_is_rounded() {
    let mut table = Table::default();
    let ratio = Unit {
        suffix: "",
        digits: 2,
    };
    table.add("ratio", &[0.999], ratio, Goal::AtLeast(1.0));
    let text = table.to_string();
    assert!(text.contains("| 1.00 (1.00 to 1.00) | at least 1: **missed** |"));
}

#[test]
fn large_numbers_are_grouped() {
    assert_eq!(number(5.0, 0), "5");
    assert_eq!(number(123.45, 1), "123.5");
    assert_eq!(number(1_234.0, 0), "1,234");
    assert_eq!(number(1_234_567.25, 2), "1,234,567.25");
}
