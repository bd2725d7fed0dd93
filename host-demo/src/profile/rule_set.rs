//! All rules of a profile.

use super::{
    call::{Call, Decision, Match},
    call_kind::CallKind,
    class::Class,
    methods::Methods,
    relation::Relation,
    rule::{Calls, Rule},
    tree::{Entry, Tree},
};

/// Rules that do not contradict each other.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct RuleSet {
    rules: Vec<Rule>,
    paths: Tree,
    /// The index of each rule for a gRPC method, in the order of their paths.
    grpc: Vec<usize>,
}

/// Two rules that give one call different classes, or the same one twice.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{rule} ({class}) and {other} ({other_class}) name the same calls: {advice}")]
pub struct Contradiction {
    rule: String,
    class: Class,
    other: String,
    other_class: Class,
    advice: &'static str,
}

impl RuleSet {
    pub(super) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Adds a rule of the data file.
    ///
    /// # Errors
    /// Another rule names some of its calls, and none of the two is clearly the exception.
    pub(super) fn add(&mut self, rule: Rule) -> Result<(), Contradiction> {
        for other in &self.rules {
            let advice = match rule.calls.relation(&other.calls) {
                Relation::Same => "remove one of them",
                _ if rule.class == other.class => continue,
                Relation::Crossing => "write literal text instead of a parameter",
                Relation::Narrower if other.class == Class::Blocked => "blocked wins",
                Relation::Wider if rule.class == Class::Blocked => "blocked wins",
                Relation::Narrower | Relation::Wider | Relation::Disjoint => continue,
            };
            return Err(Contradiction::new(&rule, other, advice));
        }
        self.insert(rule);
        Ok(())
    }

    /// Lets the management key have calls that are blocked or that no rule names.
    ///
    /// # Errors
    /// A rule already gives them a class in which they are forwarded.
    pub(super) fn allow(&mut self, calls: &Calls) -> Result<(), Contradiction> {
        let rule = Rule {
            class: Class::Management,
            calls: calls.clone(),
            note: None,
        };
        for other in &self.rules {
            let advice = match calls.relation(&other.calls) {
                Relation::Crossing => "write literal text instead of a parameter",
                Relation::Same if other.class != Class::Blocked => "it is forwarded without this",
                Relation::Same | Relation::Narrower | Relation::Wider | Relation::Disjoint => {
                    continue;
                }
            };
            return Err(Contradiction::new(&rule, other, advice));
        }
        let rules = std::mem::take(self).rules.into_iter();
        for other in rules.filter_map(|other| other.without(calls)) {
            self.insert(other);
        }
        self.insert(rule);
        Ok(())
    }

    fn insert(&mut self, rule: Rule) {
        let index = self.rules.len();
        match &rule.calls {
            Calls::Http {
                methods, pattern, ..
            } => self.paths.insert(
                pattern,
                Entry {
                    methods: *methods,
                    rule: index,
                },
            ),
            Calls::Grpc { path } => {
                let place = self.grpc_place(path).unwrap_or_else(|place| place);
                self.grpc.insert(place, index);
            }
        }
        self.rules.push(rule);
    }

    pub(super) fn classify<'c>(&self, call: &Call<'c>) -> Decision<'_, 'c> {
        if call.kind == CallKind::Grpc {
            return match self.grpc_place(call.path) {
                Ok(_) if call.method != http::Method::POST => Decision::OtherMethod,
                Ok(place) => self.decision(self.grpc[place], call.path),
                Err(_) => Decision::NoRule,
            };
        }
        let entries = self.paths.find(call.path);
        let method = Methods::of(call.method, call.kind);
        let mut allowing = entries.iter();
        match allowing.find(|entry| entry.methods.intersects(method)) {
            Some(entry) => self.decision(entry.rule, call.path),
            None if entries.is_empty() => Decision::NoRule,
            None => Decision::OtherMethod,
        }
    }

    fn decision<'c>(&self, index: usize, path: &'c str) -> Decision<'_, 'c> {
        let rule = &self.rules[index];
        Decision::Rule(Match {
            class: rule.class,
            model: rule.calls.model(path),
            rule,
        })
    }

    fn grpc_place(&self, path: &str) -> Result<usize, usize> {
        let known = |index: &usize| match &self.rules[*index].calls {
            Calls::Grpc { path } => &**path,
            Calls::Http { .. } => "",
        };
        self.grpc.binary_search_by(|index| known(index).cmp(path))
    }
}

impl Contradiction {
    fn new(rule: &Rule, other: &Rule, advice: &'static str) -> Self {
        Self {
            rule: rule.to_string(),
            class: rule.class,
            other: other.to_string(),
            other_class: other.class,
            advice,
        }
    }
}
