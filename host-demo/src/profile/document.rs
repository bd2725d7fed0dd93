//! The form of a data file.

use serde::Deserialize;
use toml::Spanned;

use super::class::Class;

/// One model server.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) name: String,
    /// What the server is called.
    pub(super) server: String,
    /// What the rules were read from.
    pub(super) version: String,
    pub(super) source: String,
    pub(super) ports: Vec<Port>,
    /// What the server's own keys protect, if it has keys.
    pub(super) own_keys: Option<String>,
    pub(super) error_format: ErrorFormat,
    pub(super) health_path: Spanned<String>,
    #[serde(default)]
    pub(super) strip_headers: Vec<Spanned<String>>,
    /// What else an operator should know.
    #[serde(default)]
    pub(super) remarks: Vec<String>,
    #[serde(default)]
    inference: Vec<RuleGroup>,
    #[serde(default)]
    management: Vec<RuleGroup>,
    #[serde(default)]
    health: Vec<RuleGroup>,
    #[serde(default)]
    metrics: Vec<RuleGroup>,
    #[serde(default)]
    docs: Vec<RuleGroup>,
    #[serde(default)]
    blocked: Vec<RuleGroup>,
}

/// A port on which the server listens by default.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Port {
    pub(super) number: u16,
    /// What it serves there.
    pub(super) serves: String,
}

/// Rules that have everything but their calls in common.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleGroup {
    pub(super) rules: Vec<Spanned<String>>,
    /// Where the server's source has them.
    pub(super) source: Option<String>,
    /// Whether the server's own key does not protect them.
    #[serde(default)]
    pub(super) open: bool,
    /// When the server has them, if not always.
    pub(super) when: Option<String>,
    /// Why they have this class, or what to know of them.
    pub(super) note: Option<String>,
}

/// The form of the errors that clients of a server expect.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ErrorFormat {
    /// `code`, `type` and `message`.
    #[default]
    TorchServe,
    /// These and the object `error` of OpenAI's API.
    OpenAi,
}

impl Document {
    pub(super) fn groups(&self, class: Class) -> &[RuleGroup] {
        match class {
            Class::Inference => &self.inference,
            Class::Management => &self.management,
            Class::Health => &self.health,
            Class::Metrics => &self.metrics,
            Class::Docs => &self.docs,
            Class::Blocked => &self.blocked,
        }
    }
}
