//! How often each limit was reached.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

use super::{labels::Limit, registered::registered};

/// One counter for each limit. Counting takes no lock: a flood of refused requests costs little.
#[derive(Debug)]
pub(super) struct LimitMetrics(Vec<(Limit, Counter)>);

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct LimitLabels {
    limit: &'static str,
}

impl LimitMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let family = registered(
            registry,
            "limit_refusals",
            "Requests and connections that were refused because a limit was reached, by limit",
            Family::<LimitLabels, Counter>::default(),
        );
        let counter = |limit: &Limit| {
            let labels = LimitLabels {
                limit: limit.as_str(),
            };
            (*limit, family.get_or_create_owned(&labels))
        };
        Self(Limit::ALL.iter().map(counter).collect())
    }

    pub(super) fn count(&self, limit: Limit) {
        if let Some((_, counter)) = self.0.iter().find(|(one, _)| *one == limit) {
            counter.inc();
        }
    }
}
