//! One rule, and the text of it.

use std::fmt;

use super::{
    class::Class, methods::Methods, pattern::Pattern, relation::Relation, rule_error::RuleError,
};

/// A call that has a class.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rule {
    pub(super) class: Class,
    pub(super) calls: Calls,
    pub(super) note: Option<Box<str>>,
}

/// What a rule names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Calls {
    Http {
        methods: Methods,
        pattern: Pattern,
        /// The pattern, as it was written.
        path: Box<str>,
    },
    Grpc {
        /// With its slash: `/package.Service/Method`.
        path: Box<str>,
    },
}

impl Rule {
    /// What the calls do.
    #[must_use]
    pub fn class(&self) -> Class {
        self.class
    }

    /// Why the calls have this class, if that needs to be said. Blocked ones always have a note.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// What is left without calls that exactly this pattern names. Nothing, if it is no method.
    pub(super) fn without(mut self, calls: &Calls) -> Option<Self> {
        if self.calls.relation(calls) != Relation::Same {
            return Some(self);
        }
        match (&mut self.calls, calls) {
            (
                Calls::Http { methods, .. },
                Calls::Http {
                    methods: removed, ..
                },
            ) => {
                *methods = methods.without(*removed);
                (!methods.is_empty()).then_some(self)
            }
            _ => None,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.calls.fmt(formatter)
    }
}

impl Calls {
    /// Reads `METHOD[|METHOD] PATH` or `GRPC package.Service/Method[|Method]`. In a path, `[..]` is a
    /// part that may be left out.
    pub(super) fn parse(text: &str) -> Result<Vec<Self>, RuleError> {
        let (methods, target) = text.split_once(' ').ok_or(RuleError::Form)?;
        let target = target.trim_start();
        if methods == "GRPC" {
            return grpc(target);
        }
        let methods = methods
            .split('|')
            .map(method)
            .try_fold(Methods::default(), |all, one| Ok(all.union(one?)))?;
        let paths = without_brackets(target)?.into_iter();
        paths
            .map(|path| {
                Ok(Self::Http {
                    methods,
                    pattern: Pattern::parse(&path)?,
                    path: path.into(),
                })
            })
            .collect()
    }

    /// The model that the path of a matching call names.
    pub(super) fn model<'c>(&self, path: &'c str) -> Option<&'c str> {
        match self {
            Self::Http { pattern, .. } => pattern.model(path),
            Self::Grpc { .. } => None,
        }
    }

    /// Which calls both name.
    pub(super) fn relation(&self, other: &Self) -> Relation {
        match (self, other) {
            (
                Self::Http {
                    methods, pattern, ..
                },
                Self::Http {
                    methods: other_methods,
                    pattern: other_pattern,
                    ..
                },
            ) if methods.intersects(*other_methods) => pattern.relation(other_pattern),
            (Self::Grpc { path }, Self::Grpc { path: other }) if path == other => Relation::Same,
            _ => Relation::Disjoint,
        }
    }
}

impl fmt::Display for Calls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http { methods, path, .. } => write!(formatter, "{methods} {path}"),
            Self::Grpc { path } => {
                write!(formatter, "GRPC {}", path.strip_prefix('/').unwrap_or(path))
            }
        }
    }
}

fn method(name: &str) -> Result<Methods, RuleError> {
    match name {
        "HEAD" => Err(RuleError::Head),
        "OPTIONS" => Err(RuleError::Options),
        name => Methods::named(name).ok_or_else(|| RuleError::Method(name.into())),
    }
}

fn grpc(target: &str) -> Result<Vec<Calls>, RuleError> {
    let (service, methods) = target.split_once('/').ok_or(RuleError::GrpcMethod)?;
    let is_service = !service.is_empty() && service.split('.').all(is_identifier);
    let paths = methods.split('|').map(|method| {
        if is_service && is_identifier(method) {
            let path = format!("/{service}/{method}").into();
            Ok(Calls::Grpc { path })
        } else {
            Err(RuleError::GrpcMethod)
        }
    });
    paths.collect()
}

fn is_identifier(text: &str) -> bool {
    let mut bytes = text.bytes();
    !text.is_empty() && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Each doubles the number of paths.
const OPTIONAL_PARTS_MAX: usize = 4;

/// The paths without and with each optional part.
fn without_brackets(path: &str) -> Result<Vec<String>, RuleError> {
    let mut paths = vec![String::new()];
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('[') {
        let (optional, after) = after.split_once(']').ok_or(RuleError::Brackets)?;
        let is_too_much = paths.len() >= 1 << OPTIONAL_PARTS_MAX;
        if is_too_much || before.contains(']') || optional.contains('[') {
            return Err(RuleError::Brackets);
        }
        for path in &mut paths {
            path.push_str(before);
        }
        let with: Vec<_> = paths
            .iter()
            .map(|path| format!("{path}{optional}"))
            .collect();
        paths.extend(with);
        rest = after;
    }
    if rest.contains(']') {
        return Err(RuleError::Brackets);
    }
    for path in &mut paths {
        path.push_str(rest);
    }
    Ok(paths)
}
