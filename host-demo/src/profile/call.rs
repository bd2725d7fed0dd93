use std::fmt;

use http::Method;

use super::{call_kind::CallKind, class::Class, methods::Methods, rule::Rule};

/// What a profile needs to know of a request.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Call<'a> {
    /// As received; `HEAD` is looked up as `GET`.
    pub method: &'a Method,
    /// As received, without the query: nothing is decoded.
    pub path: &'a str,
    /// Whether it is more than a plain request.
    pub kind: CallKind,
}

impl<'a> Call<'a> {
    /// A request with the path as it was received, without the query.
    #[must_use]
    pub fn new(method: &'a Method, path: &'a str, kind: CallKind) -> Self {
        Self { method, path, kind }
    }
}

/// As rules and `upstream_allow` name it: `METHOD PATH` or `GRPC package.Service/Method`.
impl fmt::Display for Call<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path;
        match self.kind {
            CallKind::Grpc => write!(formatter, "GRPC {}", path.strip_prefix('/').unwrap_or(path)),
            CallKind::Plain | CallKind::WebSocket => {
                write!(formatter, "{} {path}", Methods::of(self.method, self.kind))
            }
        }
    }
}

/// What a profile says about a request.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever forwards must handle each case"
)]
pub enum Decision<'p, 'c> {
    /// A rule names it. [`Class::Blocked`] is one of the classes.
    Rule(Match<'p, 'c>),
    /// Rules name the path, but none of them this method or kind of request.
    OtherMethod,
    /// No rule names the path.
    NoRule,
}

/// The rule that names a request.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Match<'p, 'c> {
    /// What the request does.
    pub class: Class,
    /// The model, as it stands in the path: may be percent-encoded.
    pub model: Option<&'c str>,
    /// The rule.
    pub rule: &'p Rule,
}

impl Decision<'_, '_> {
    /// The class, if a rule names the request.
    #[must_use]
    pub fn class(&self) -> Option<Class> {
        match self {
            Self::Rule(found) => Some(found.class),
            Self::OtherMethod | Self::NoRule => None,
        }
    }
}
