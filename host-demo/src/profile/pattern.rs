//! The path of a rule.

use super::{
    relation::Relation,
    rule_error::RuleError,
    segment::{PathSegment, is_name, is_parameter},
};

/// The name of the parameter that is a model.
const MODEL: &str = "model";

/// A path of whole segments: literal text, parameters, and perhaps a parameter for all the rest.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Pattern {
    pub(super) segments: Vec<PathSegment>,
    /// Whether one or more segments may follow.
    pub(super) has_rest: bool,
    model: Option<ModelPlace>,
}

/// Where a path names the model.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum ModelPlace {
    Part { segment: usize, part: usize },
    From { segment: usize },
}

impl Pattern {
    pub(super) fn parse(text: &str) -> Result<Self, RuleError> {
        let rest = text.strip_prefix('/').ok_or(RuleError::NotAbsolute)?;
        let mut pattern = Self {
            segments: Vec::new(),
            has_rest: false,
            model: None,
        };
        if rest.is_empty() {
            return Ok(pattern);
        }
        let mut names = Vec::new();
        for (index, segment) in rest.split('/').enumerate() {
            if pattern.has_rest {
                return Err(RuleError::AfterRest);
            }
            if let Some(name) = rest_name(segment) {
                pattern.has_rest = true;
                if name == MODEL {
                    pattern.set_model(ModelPlace::From { segment: index })?;
                }
                continue;
            }
            names.clear();
            let parsed = PathSegment::parse(segment, &mut names);
            let parsed = parsed.ok_or_else(|| RuleError::Segment(segment.into()))?;
            pattern.segments.push(parsed);
            for (part, name) in names.iter().enumerate() {
                if *name == Some(MODEL) {
                    let segment = index;
                    pattern.set_model(ModelPlace::Part { segment, part })?;
                }
            }
        }
        Ok(pattern)
    }

    fn set_model(&mut self, place: ModelPlace) -> Result<(), RuleError> {
        match self.model.replace(place) {
            None => Ok(()),
            Some(_) => Err(RuleError::TwoModels),
        }
    }

    /// The model that a path names which matches this pattern.
    pub(super) fn model<'c>(&self, path: &'c str) -> Option<&'c str> {
        let path = path.strip_prefix('/')?;
        match self.model? {
            ModelPlace::Part { segment, part } => {
                path.split('/').nth(segment)?.split(':').nth(part)
            }
            ModelPlace::From { segment } => path.splitn(segment + 1, '/').nth(segment),
        }
    }

    /// Which paths both match.
    pub(super) fn relation(&self, other: &Self) -> Relation {
        let segments = self.segments.iter().zip(&other.segments);
        let shared = segments
            .map(|(one, other)| one.relation(other))
            .fold(Relation::Same, Relation::and);
        let (length, other_length) = (self.segments.len(), other.segments.len());
        let ends = match (self.has_rest, other.has_rest) {
            (rest, other_rest) if rest == other_rest && length == other_length => Relation::Same,
            (_, true) if length > other_length => Relation::Narrower,
            (true, _) if length < other_length => Relation::Wider,
            _ => Relation::Disjoint,
        };
        shared.and(ends)
    }
}

/// `x` of `{x...}`.
fn rest_name(segment: &str) -> Option<&str> {
    let name = segment.strip_prefix('{')?.strip_suffix("...}")?;
    is_name(name).then_some(name)
}

/// Whether the text can be the value of a parameter for all the rest of a path.
pub(super) fn is_rest(text: &str) -> bool {
    text.split('/').all(is_parameter)
}
