//! What the calls of a model server do, so that each can have its key.
//!
//! A [`Profile`] is a data file: rules that give calls (method and path, gRPC method, upgrade to
//! WebSocket) a [`Class`]. What no rule names has none and is not forwarded. The files of eleven
//! servers are compiled in, from `host-demo/profiles/`; docs/profiles.md describes their form.
//!
//! Paths are compared as they were received, byte for byte; nothing is decoded. So a call is what the
//! rule says for every server that reads the path as it stands, or decodes it once.

use std::path::Path;

use http::HeaderName;

pub use self::{
    allow::{AllowError, AllowRule, AllowRules},
    call::{Call, Decision, Match},
    call_kind::CallKind,
    class::Class,
    document::ErrorFormat,
    error::{NamedProfileError, ProfileError, ProfileProblem},
    file::ProfileFileError,
    path_prefix::{PathPrefix, PathPrefixError},
    rule::Rule,
    rule_error::RuleError,
    rule_set::Contradiction,
};
use self::{
    document::{Document, RuleGroup},
    page::Page,
    rule::Calls,
    rule_set::RuleSet,
    strip::StrippedHeaders,
};

mod allow;
mod built_in;
mod call;
mod call_kind;
mod class;
mod document;
mod error;
mod file;
mod methods;
mod page;
mod path_prefix;
mod pattern;
mod relation;
mod rule;
mod rule_error;
mod rule_set;
mod segment;
mod strip;
mod tree;

/// The rules for one model server.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    document: Document,
    rules: RuleSet,
    stripped: StrippedHeaders,
    prefix: Option<PathPrefix>,
}

impl Profile {
    /// Reads a data file. `origin` is its path, for errors.
    ///
    /// # Errors
    /// The first line that is wrong, and what would be right.
    pub fn parse(text: &str, origin: &str) -> Result<Self, ProfileError> {
        let place = (origin, text);
        let document: Document = toml::from_str(text).map_err(|error| {
            let problem = ProfileProblem::Syntax(error.message().to_owned());
            ProfileError::new(place, error.span(), problem)
        })?;
        let mut profile = Self {
            document,
            rules: RuleSet::default(),
            stripped: StrippedHeaders::default(),
            prefix: None,
        };
        for class in Class::ALL {
            for group in profile.document.groups(class) {
                add_group(&mut profile.rules, class, group, place)?;
            }
        }
        for header in &profile.document.strip_headers {
            let name = header.get_ref();
            profile.stripped.add(name).ok_or_else(|| {
                let problem = ProfileProblem::Header(name.clone());
                ProfileError::new(place, Some(header.span()), problem)
            })?;
        }
        profile.check_health_path(place)?;
        Ok(profile)
    }

    /// The one that is built in under this name.
    ///
    /// # Errors
    /// None has this name.
    pub fn named(name: &str) -> Result<Self, NamedProfileError> {
        Ok(Self::parse(Self::text_named(name)?, name)?)
    }

    /// Reads a data file of one's own.
    ///
    /// # Errors
    /// The file cannot be read, is too large, or a line of it is wrong.
    pub fn read(path: &Path) -> Result<Self, ProfileFileError> {
        let text = file::read_text(path)?;
        Ok(Self::parse(&text, &path.display().to_string())?)
    }

    /// The names of those that are built in.
    pub fn names() -> impl Iterator<Item = &'static str> {
        built_in::TEXTS.iter().map(|(name, _)| *name)
    }

    /// The data file of one that is built in.
    ///
    /// # Errors
    /// None has this name.
    pub fn text_named(name: &str) -> Result<&'static str, NamedProfileError> {
        let mut texts = built_in::TEXTS.iter();
        let found = texts.find(|(known, _)| *known == name);
        found
            .map(|(_, text)| *text)
            .ok_or_else(|| NamedProfileError::Unknown {
                name: name.to_owned(),
                known: Self::names().collect::<Vec<_>>().join(", "),
            })
    }

    /// Lets the management key have calls that are blocked or that no rule names.
    ///
    /// # Errors
    /// A rule already forwards one of them, or contradicts it.
    pub fn with_allowed(mut self, allowed: &AllowRules) -> Result<Self, Contradiction> {
        for calls in allowed.iter() {
            self.rules.allow(calls)?;
        }
        Ok(self)
    }

    /// Expects the prefix before every path, but for gRPC: the rules are for what follows it.
    #[must_use]
    pub fn with_path_prefix(mut self, prefix: PathPrefix) -> Self {
        self.prefix = Some(prefix);
        self
    }

    /// Looks a call up. Allocates nothing and takes no lock.
    #[must_use]
    pub fn classify<'c>(&self, call: &Call<'c>) -> Decision<'_, 'c> {
        let path = match &self.prefix {
            Some(prefix) if call.kind != CallKind::Grpc => prefix.strip(call.path),
            Some(_) | None => Some(call.path),
        };
        match path {
            Some(path) => self.rules.classify(&Call { path, ..*call }),
            None => Decision::NoRule,
        }
    }

    /// As in `upstream_profile`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.document.name
    }

    /// What the server is called.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.document.server
    }

    /// The version of the server whose source the rules were read from.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.document.version
    }

    /// The form of errors that the server's clients expect.
    #[must_use]
    pub fn error_format(&self) -> ErrorFormat {
        self.document.error_format
    }

    /// The path by which the host itself asks whether the server is up, with the prefix.
    #[must_use]
    pub fn health_path(&self) -> String {
        let prefix = self.prefix.as_ref().map_or("", PathPrefix::as_str);
        format!("{prefix}{}", self.document.health_path.get_ref())
    }

    /// Whether a client's header of this name must not reach the server, because it changes what a
    /// call does.
    #[must_use]
    pub fn strips(&self, header: &HeaderName) -> bool {
        self.stripped.contains(header)
    }

    /// All rules, each with one path.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        self.rules.rules()
    }

    /// The documentation of the profile, in Markdown: what the server leaves open, what each key opens,
    /// what is blocked and why, and the configuration to copy.
    #[must_use]
    pub fn page(&self) -> String {
        Page(&self.document).to_string()
    }

    fn check_health_path(&self, place: (&str, &str)) -> Result<(), ProfileError> {
        let path = &self.document.health_path;
        let call = Call::new(&http::Method::GET, path.get_ref(), CallKind::Plain);
        if self.classify(&call).class() == Some(Class::Health) {
            return Ok(());
        }
        let problem = ProfileProblem::HealthPath(path.get_ref().clone());
        Err(ProfileError::new(place, Some(path.span()), problem))
    }
}

fn add_group(
    rules: &mut RuleSet,
    class: Class,
    group: &RuleGroup,
    place: (&str, &str),
) -> Result<(), ProfileError> {
    for text in &group.rules {
        let wrong = |problem| ProfileError::new(place, Some(text.span()), problem);
        let text = text.get_ref();
        if class == Class::Blocked && group.note.is_none() {
            return Err(wrong(ProfileProblem::Reason(text.clone())));
        }
        let calls = Calls::parse(text).map_err(|error| {
            let rule = text.clone();
            wrong(ProfileProblem::Rule { rule, error })
        })?;
        for calls in calls {
            let note = group.note.as_deref().map(Into::into);
            let added = rules.add(Rule { class, calls, note });
            added.map_err(|error| wrong(error.into()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
