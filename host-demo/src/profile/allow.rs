use std::str::FromStr;

use super::{rule::Calls, rule_error::RuleError};

/// A call that the operator lets through though the profile blocks it or does not name it:
/// `METHOD PATH` or `GRPC package.Service/Method`, as in the rules of a profile. It needs the
/// management key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AllowRule {
    pub(super) calls: Vec<Calls>,
}

impl FromStr for AllowRule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let calls = Calls::parse(text.trim())?;
        Ok(Self { calls })
    }
}

/// The value of `upstream_allow`: rules between commas.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct AllowRules(Vec<AllowRule>);

/// What is wrong with `upstream_allow`.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("\"{rule}\": {error}")]
pub struct AllowError {
    rule: Box<str>,
    error: RuleError,
}

impl AllowRules {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Calls> {
        self.0.iter().flat_map(|rule| &rule.calls)
    }
}

impl FromStr for AllowRules {
    type Err = AllowError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rules = text.split(',').map(|rule| {
            rule.parse().map_err(|error| AllowError {
                rule: rule.trim().into(),
                error,
            })
        });
        rules.collect::<Result<_, _>>().map(Self)
    }
}
