//! Forwarded requests by key and model: summed up on the serving threads, named when the metrics
//! are requested.

use std::{
    collections::{BTreeMap, HashMap},
    num::NonZeroU64,
    ops::AddAssign,
    time::Duration,
};

use parking_lot::Mutex;

pub(super) mod collector;

/// Pairs of key and model that one serving thread tells apart between two collections.
const PENDING_MAX: usize = 1024;
/// Pairs of name and model with their own series, so that the metrics stay bounded.
const SERIES_MAX: usize = 1000;
/// Models with their own series.
const MODELS_MAX: usize = 100;
/// A longer name of a model is cut.
const MODEL_BYTES_MAX: usize = 64;

const OTHER: &str = "other";

/// A forwarded request that has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ForwardedRequest<'a> {
    /// None without a key.
    pub(crate) key: Option<NonZeroU64>,
    /// As the path has it; none if it names none.
    pub(crate) model: &'a str,
    /// Whether the upstream answered with success. Otherwise the model may not exist.
    pub(crate) succeeded: bool,
    pub(crate) sums: ForwardedSums,
}

/// What requests add up to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct ForwardedSums {
    pub(crate) requests: u64,
    /// From admission to the end of the response.
    pub(crate) duration: Duration,
    pub(crate) request_bytes: u64,
    pub(crate) response_bytes: u64,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
}

/// The sums of one serving thread since the last collection.
#[derive(Debug, Default)]
pub(crate) struct ForwardedCounters(Mutex<PendingSums>);

type PendingSums = HashMap<PendingSeries, ForwardedSums>;

#[derive(Debug, Default, Eq, Hash, PartialEq)]
struct PendingSeries {
    key: SeriesKey,
    model: String,
}

/// Whose requests they are.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
enum SeriesKey {
    None,
    Known(NonZeroU64),
    #[default]
    Other,
}

/// The labels of a series.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct ForwardedSeries {
    /// Empty without a key.
    pub(super) principal: String,
    /// Empty where the path names none.
    pub(super) model: String,
}

/// The sums collected so far.
#[derive(Debug, Default)]
pub(super) struct ForwardedTotals(Mutex<BTreeMap<ForwardedSeries, ForwardedSums>>);

impl ForwardedCounters {
    /// Adds a request. The lock is the thread's own; a collection holds it only to take the sums
    /// away.
    pub(crate) fn count(&self, request: &ForwardedRequest<'_>) {
        let series = PendingSeries {
            key: request.key.map_or(SeriesKey::None, SeriesKey::Known),
            model: match request.model {
                "" => String::new(),
                _ if !request.succeeded => OTHER.to_owned(),
                model => label(model),
            },
        };
        let mut pending = self.0.lock();
        let is_full = pending.len() >= PENDING_MAX;
        let series = if is_full && !pending.contains_key(&series) {
            PendingSeries {
                key: SeriesKey::Other,
                model: OTHER.to_owned(),
            }
        } else {
            series
        };
        *pending.entry(series).or_default() += request.sums;
    }

    fn take(&self) -> PendingSums {
        std::mem::take(&mut *self.0.lock())
    }
}

impl ForwardedTotals {
    /// Adds the sums of the serving threads since the last collection. No lock is held while
    /// `name_of` runs, which is code of a plugin and may block.
    pub(super) fn collect<'w>(
        &self,
        workers: impl Iterator<Item = &'w ForwardedCounters>,
        name_of: impl Fn(NonZeroU64) -> Option<String>,
    ) {
        for (PendingSeries { key, model }, sums) in workers.flat_map(ForwardedCounters::take) {
            let principal = match key {
                SeriesKey::None => String::new(),
                SeriesKey::Known(key) => name_of(key).unwrap_or_else(|| OTHER.to_owned()),
                SeriesKey::Other => OTHER.to_owned(),
            };
            let mut totals = self.0.lock();
            let series = bounded(&totals, ForwardedSeries { principal, model });
            *totals.entry(series).or_default() += sums;
        }
    }

    /// The sums of each series.
    pub(super) fn sums(&self) -> Vec<(ForwardedSeries, ForwardedSums)> {
        let totals = self.0.lock();
        let sums = totals.iter();
        sums.map(|(series, sums)| (series.clone(), *sums)).collect()
    }
}

/// The series itself, or the one that stands for those which are too many.
fn bounded(
    totals: &BTreeMap<ForwardedSeries, ForwardedSums>,
    mut series: ForwardedSeries,
) -> ForwardedSeries {
    if totals.contains_key(&series) {
        return series;
    }
    let mut models: Vec<_> = totals.keys().map(|one| one.model.as_str()).collect();
    models.sort_unstable();
    models.dedup();
    if models.len() >= MODELS_MAX && models.binary_search(&series.model.as_str()).is_err() {
        OTHER.clone_into(&mut series.model);
    }
    if totals.len() >= SERIES_MAX && !totals.contains_key(&series) {
        series = ForwardedSeries {
            principal: OTHER.to_owned(),
            model: OTHER.to_owned(),
        };
    }
    series
}

/// The name of a model as a label: what is not usual in such names is an underscore.
fn label(model: &str) -> String {
    let usual = |letter: char| letter.is_ascii_alphanumeric() || "-._~:@+%".contains(letter);
    let letters = model.chars().take(MODEL_BYTES_MAX);
    letters
        .map(|letter| if usual(letter) { letter } else { '_' })
        .collect()
}

impl AddAssign for ForwardedSums {
    fn add_assign(&mut self, other: Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.duration = self.duration.saturating_add(other.duration);
        self.request_bytes = self.request_bytes.saturating_add(other.request_bytes);
        self.response_bytes = self.response_bytes.saturating_add(other.response_bytes);
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
    }
}

#[cfg(test)]
mod tests;
