use std::collections::BTreeMap;

use prometheus_client::encoding::text::encode;

use super::*;

fn family(kind: MetricKind, labels: &[(&str, &str)], value: f64) -> MetricFamily {
    let labels = labels.iter();
    let labels = labels.map(|&(name, value)| (name.to_owned(), value.to_owned()));
    MetricFamily {
        kind,
        help: "What it counts.".to_owned(),
        series: BTreeMap::from([(labels.collect(), value)]),
    }
}

fn rendered(plugins: Vec<(&str, MetricFamilies)>) -> String {
    let mut registry = Registry::with_prefix("plugin");
    registry.register_collector(Box::new(Families::of(plugins.into_iter())));
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    text
}

#[test]
fn metrics_have_the_name_of_their_plugin() {
    let families = MetricFamilies::from([
        (
            "rotations".to_owned(),
            family(MetricKind::COUNTER, &[("type", "a\"\n")], 2.0),
        ),
        (
            "age_seconds".to_owned(),
            family(MetricKind::GAUGE, &[], -0.5),
        ),
    ]);
    assert_eq!(
        rendered(vec![("token-etcd", families)]),
        "# HELP plugin_token_etcd_age_seconds What it counts.\n\
         # TYPE plugin_token_etcd_age_seconds gauge\n\
         plugin_token_etcd_age_seconds{} -0.5\n\
         # HELP plugin_token_etcd_rotations What it counts.\n\
         # TYPE plugin_token_etcd_rotations counter\n\
         plugin_token_etcd_rotations_total{type=\"a\\\"\\n\"} 2.0\n\
         # EOF\n"
    );
}

#[test]
fn two_plugins_never_give_one_name_twice() {
    let gauge =
        |name: &str| MetricFamilies::from([(name.to_owned(), family(MetricKind::GAUGE, &[], 1.0))]);
    let text = rendered(vec![("a", gauge("b_c")), ("a-b", gauge("c"))]);
    assert_eq!(
        text.matches("# TYPE plugin_a_b_c gauge").count(),
        1,
        "{text}"
    );
}
