//! Which settings two readings of the configuration differ in.

use std::{collections::BTreeSet, fmt};

use super::{
    declaration::{Changes, DefaultValue},
    keys,
    settings::Origin,
    table::declarations,
    values::Values,
};

/// A setting whose value is another one than before. It holds no value, which may be a secret.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ChangedSetting {
    /// The key.
    pub key: String,
    /// Where the value of before came from.
    pub before: Origin,
    /// Where the new value comes from.
    pub now: Origin,
}

impl fmt::Display for ChangedSetting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({}", self.key, self.now)?;
        if self.before != self.now {
            write!(formatter, ", before: {}", self.before)?;
        }
        formatter.write_str(")")
    }
}

/// The settings with the place of each, for one line of the log.
pub(crate) fn listed(settings: &[ChangedSetting]) -> String {
    let listed = settings.iter().map(ToString::to_string);
    listed.collect::<Vec<_>>().join(", ")
}

/// The settings that differ: first those of the table in its order, then those that only plugins read.
#[derive(Debug, Default)]
pub(super) struct Changed {
    pub(super) while_serving: Vec<ChangedSetting>,
    pub(super) at_restart: Vec<ChangedSetting>,
}

impl Changed {
    pub(super) fn between(before: &Values, now: &Values) -> Self {
        let mut changed = Self::default();
        for declaration in declarations() {
            let default = match declaration.default {
                DefaultValue::Text(text) => Some(text),
                DefaultValue::Described(_) => None,
            };
            let is_set = |values: &Values| values.given(declaration.key).is_some();
            let one = compare(declaration.key, default, before, now);
            match declaration.changes {
                Changes::WhileServing => changed.while_serving.extend(one),
                Changes::ValueWhileServing if is_set(before) == is_set(now) => {
                    changed.while_serving.extend(one);
                }
                Changes::ValueWhileServing | Changes::AtRestart => changed.at_restart.extend(one),
            }
        }
        let both = before.iter().chain(now.iter()).map(|(key, _)| key);
        let of_plugins: BTreeSet<_> = both.filter(|key| !keys::is_declared(key)).collect();
        let of_plugins = of_plugins.into_iter();
        let differing = of_plugins.filter_map(|key| compare(key, None, before, now));
        changed.while_serving.extend(differing);
        changed
    }
}

fn compare(
    key: &str,
    default: Option<&str>,
    before: &Values,
    now: &Values,
) -> Option<ChangedSetting> {
    let value = |values: &Values| {
        let given = values.given(key).map(|setting| setting.value.trim());
        given.or(default).map(str::to_owned)
    };
    let origin = |values: &Values| {
        let given = values.given(key).map(|setting| setting.origin.clone());
        given.unwrap_or(Origin::Default)
    };
    (value(before) != value(now)).then(|| ChangedSetting {
        key: key.to_owned(),
        before: origin(before),
        now: origin(now),
    })
}
