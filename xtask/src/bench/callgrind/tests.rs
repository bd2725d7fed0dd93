use super::total;

#[test]
fn the_total_is_found_wherever_callgrind_writes_it() {
    assert_eq!(
        total("version: 1\nevents: Ir\nfn=(1)\ntotals: 123456\n"),
        Some(123_456.0)
    );
    assert_eq!(total("events: Ir\nsummary: 77\nfn=(1)\n"), Some(77.0));
    assert_eq!(total("events: Ir\n"), None);
}
