use super::*;

fn count(counters: &ForwardedCounters, key: u64, model: &str, succeeded: bool) {
    counters.count(&ForwardedRequest {
        key: NonZeroU64::new(key),
        model,
        succeeded,
        sums: ForwardedSums {
            requests: 1,
            response_bytes: 10,
            ..ForwardedSums::default()
        },
    });
}

fn collect(totals: &ForwardedTotals, counters: &ForwardedCounters) {
    let workers = std::iter::once(counters);
    totals.collect(workers, |key| Some(format!("key-{key}")));
}

fn requests(totals: &ForwardedTotals) -> Vec<(String, String, u64)> {
    let sums = totals.sums().into_iter();
    sums.map(|(series, sums)| (series.principal, series.model, sums.requests))
        .collect()
}

fn series(principal: &str, model: &str, requests: u64) -> (String, String, u64) {
    (principal.to_owned(), model.to_owned(), requests)
}

#[test]
fn requests_add_up_by_key_and_model_over_several_collections() {
    let (totals, counters) = (ForwardedTotals::default(), ForwardedCounters::default());
    count(&counters, 1, "a", true);
    count(&counters, 1, "a", true);
    count(&counters, 0, "", true);
    collect(&totals, &counters);
    count(&counters, 1, "a", true);
    count(&counters, 2, "b", true);
    collect(&totals, &counters);
    let expected = [
        series("", "", 1),
        series("key-1", "a", 3),
        series("key-2", "b", 1),
    ];
    assert_eq!(requests(&totals), expected);
    let bytes = totals
        .sums()
        .iter()
        .map(|(_, sums)| sums.response_bytes)
        .sum::<u64>();
    assert_eq!(bytes, 50);
}

#[test]
fn a_model_is_named_only_where_the_upstream_had_it() {
    let (totals, counters) = (ForwardedTotals::default(), ForwardedCounters::default());
    for number in 0..50 {
        count(&counters, 1, &format!("guess-{number}"), false);
    }
    count(&counters, 1, "real", true);
    collect(&totals, &counters);
    let expected = [series("key-1", OTHER, 50), series("key-1", "real", 1)];
    assert_eq!(requests(&totals), expected);
}

#[test]
fn the_name_of_a_model_is_short_and_has_usual_letters() {
    assert_eq!(label("meta-llama_3.1:8b"), "meta-llama_3.1:8b");
    assert_eq!(label("a\"b\n{ü}"), "a_b____");
    assert_eq!(label(&"x".repeat(1000)).len(), MODEL_BYTES_MAX);
}

#[test]
fn however_many_keys_and_models_there_are_the_series_are_bounded_and_none_is_lost() {
    let (totals, counters) = (ForwardedTotals::default(), ForwardedCounters::default());
    for number in 0..5000 {
        count(&counters, 1 + number, &format!("m{}", number % 300), true);
        if number % 500 == 0 {
            collect(&totals, &counters);
        }
    }
    collect(&totals, &counters);
    let all = requests(&totals);
    assert!(all.len() <= SERIES_MAX + 1, "{}", all.len());
    let mut models: Vec<_> = all.iter().map(|(_, model, _)| model).collect();
    models.sort_unstable();
    models.dedup();
    assert!(models.len() <= MODELS_MAX + 1, "{}", models.len());
    assert_eq!(all.iter().map(|(.., requests)| requests).sum::<u64>(), 5000);
}

#[test]
fn one_thread_keeps_a_bounded_number_of_pairs_until_they_are_collected() {
    let counters = ForwardedCounters::default();
    for number in 1..5000 {
        count(&counters, number, "m", true);
    }
    assert!(counters.take().len() <= PENDING_MAX + 1);
}
