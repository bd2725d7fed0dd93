use super::*;

fn sample(taken: &Taken, kind: MetricKind, name: &str, labels: &[(&str, &str)], value: f64) {
    let labels: Vec<_> = labels
        .iter()
        .map(|(key, value)| RawEntry {
            key: RStr::from_str(key),
            value: RStr::from_str(value),
        })
        .collect();
    taken.sample(
        kind,
        RStr::from_str(name),
        RStr::from_str("Help."),
        RSlice::from_slice(&labels),
        value,
    );
}

fn families(taken: Taken) -> MetricFamilies {
    taken.0.into_inner().families
}

#[test]
fn values_are_grouped_by_name_and_labels() {
    let taken = Taken::default();
    for (kind, value) in [("management", 1.0), ("inference", 2.0)] {
        sample(
            &taken,
            MetricKind::COUNTER,
            "rotations",
            &[("type", kind)],
            value,
        );
    }
    sample(&taken, MetricKind::GAUGE, "age_seconds", &[], -0.5);
    let families = families(taken);
    assert_eq!(
        families.keys().collect::<Vec<_>>(),
        ["age_seconds", "rotations"]
    );
    let rotations = &families["rotations"];
    assert_eq!(rotations.kind, MetricKind::COUNTER);
    assert_eq!(rotations.help, "Help.");
    assert_eq!(rotations.series.values().collect::<Vec<_>>(), [&2.0, &1.0]);
}

#[test]
fn metrics_that_a_scraper_would_refuse_are_dropped() {
    let taken = Taken::default();
    for name in ["", "1st", "_a", "a b", "a:b", "a\n", "ä", "rotations_total"] {
        sample(&taken, MetricKind::GAUGE, name, &[], 1.0);
    }
    for labels in [
        &[("", "x")][..],
        &[("a-b", "x")],
        &[("__name__", "x")],
        &[("a", "x"), ("a", "y")],
        &[("a", &"x".repeat(257))],
    ] {
        sample(&taken, MetricKind::GAUGE, "good", labels, 1.0);
    }
    sample(&taken, MetricKind::from_number(77), "unknown", &[], 1.0);
    sample(&taken, MetricKind::COUNTER, "below_zero", &[], -1.0);
    assert!(families(taken).is_empty());
}

#[test]
fn the_first_type_and_the_first_value_are_kept() {
    let taken = Taken::default();
    sample(&taken, MetricKind::COUNTER, "a", &[], 1.0);
    sample(&taken, MetricKind::COUNTER, "a", &[], 2.0);
    sample(&taken, MetricKind::GAUGE, "a", &[("b", "c")], 3.0);
    let families = families(taken);
    assert_eq!(families["a"].series.values().collect::<Vec<_>>(), [&1.0]);
}

#[test]
fn no_plugin_has_more_series_than_the_limit() {
    let taken = Taken::default();
    for number in 0..=SERIES_MAX {
        sample(
            &taken,
            MetricKind::GAUGE,
            "many",
            &[("n", &number.to_string())],
            1.0,
        );
    }
    assert_eq!(families(taken)["many"].series.len(), SERIES_MAX);
}

#[test]
fn a_help_text_cannot_begin_a_line_of_its_own() {
    let taken = Taken::default();
    taken.sample(
        MetricKind::GAUGE,
        RStr::from_str("age"),
        RStr::from_str("Help.\nhost_demo_requests_total 9\r\\n"),
        RSlice::EMPTY,
        1.0,
    );
    let help = &families(taken)["age"].help;
    assert_eq!(help, "Help.host_demo_requests_total 9n");
}
