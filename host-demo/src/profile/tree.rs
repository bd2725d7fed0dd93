//! The rules by the segments of their paths, to look calls up in.

use super::{
    methods::Methods,
    pattern::{Pattern, is_rest},
    segment::{Comparison, PathSegment},
};

/// Leads from a path to the rules that name it.
///
/// Literal text goes before parameters, and there is no second attempt: a parameter never holds a
/// word that a rule has at the same place, in any letter case. So `/v2/models/stats` is no model called
/// `stats`, and neither is `/v2/models/Stats`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Tree {
    /// In the order of their text.
    literals: Vec<(Box<str>, Self)>,
    /// Those with more literal text first.
    parameters: Vec<(PathSegment, Self)>,
    /// The rules that end here.
    rules: Vec<Entry>,
    /// The rules for one or more segments from here.
    rest: Vec<Entry>,
}

/// A rule at the end of its path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Entry {
    pub(super) methods: Methods,
    /// The index of the rule.
    pub(super) rule: usize,
}

impl Tree {
    pub(super) fn insert(&mut self, pattern: &Pattern, entry: Entry) {
        let mut node = self;
        for segment in &pattern.segments {
            node = node.child(segment);
        }
        if pattern.has_rest {
            node.rest.push(entry);
        } else {
            node.rules.push(entry);
        }
    }

    fn child(&mut self, segment: &PathSegment) -> &mut Self {
        if let Some(text) = segment.literal() {
            let literals = &mut self.literals;
            let place = literals.binary_search_by(|(literal, _)| (**literal).cmp(&text));
            let index = place.unwrap_or_else(|index| {
                literals.insert(index, (text.into(), Self::default()));
                index
            });
            return &mut literals[index].1;
        }
        let parameters = &mut self.parameters;
        let known = parameters.iter().position(|(known, _)| known == segment);
        let index = known.unwrap_or_else(|| {
            let after = |(known, _): &(PathSegment, Self)| known.order(segment).is_le();
            let index = parameters.partition_point(after);
            parameters.insert(index, (segment.clone(), Self::default()));
            index
        });
        &mut parameters[index].1
    }

    /// The rules that name the path, as it was received.
    pub(super) fn find(&self, path: &str) -> &[Entry] {
        let Some(mut path) = path.strip_prefix('/') else {
            return &[];
        };
        if path.is_empty() {
            return &self.rules;
        }
        let mut node = self;
        loop {
            let (segment, after) = match path.split_once('/') {
                Some((segment, after)) => (segment, Some(after)),
                None => (path, None),
            };
            node = match node.next(segment) {
                Next::Node(next) => next,
                Next::Rest if is_rest(path) => return &node.rest,
                Next::Rest | Next::None => return &[],
            };
            match after {
                Some(after) => path = after,
                None => return &node.rules,
            }
        }
    }

    fn next(&self, segment: &str) -> Next<'_> {
        let literals = &self.literals;
        if let Ok(index) = literals.binary_search_by(|(literal, _)| (**literal).cmp(segment)) {
            return Next::Node(&literals[index].1);
        }
        if self.parameters.is_empty() && self.rest.is_empty() {
            return Next::None;
        }
        let mut texts = literals.iter();
        if texts.any(|(literal, _)| literal.eq_ignore_ascii_case(segment)) {
            return Next::None;
        }
        for (pattern, node) in &self.parameters {
            match pattern.compare(segment) {
                Comparison::Equal => return Next::Node(node),
                Comparison::OtherCase => return Next::None,
                Comparison::Different => {}
            }
        }
        if self.rest.is_empty() {
            Next::None
        } else {
            Next::Rest
        }
    }
}

/// Where a segment leads.
enum Next<'t> {
    Node(&'t Tree),
    Rest,
    None,
}
