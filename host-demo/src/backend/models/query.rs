//! The parameters of a management request.

use std::collections::BTreeMap;

use crate::http::rejection::Rejection;

/// Parameters by name, each at most once.
#[derive(Debug)]
pub(super) struct Query(BTreeMap<String, String>);

impl Query {
    /// Refuses a parameter that comes twice: which one counts would be a guess.
    pub(super) fn parse(query: Option<&str>) -> Result<Self, Rejection> {
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            if parameters
                .insert(name.to_string(), value.into_owned())
                .is_some()
            {
                return Err(Rejection::bad_request(format!(
                    "Parameter {name} is given twice."
                )));
            }
        }
        Ok(Self(parameters))
    }

    /// A text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A number that is not negative.
    pub(super) fn count(&self, name: &str) -> Result<Option<usize>, Rejection> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| {
            Rejection::bad_request(format!(
                "Parameter {name}: expected a whole number from 0 on."
            ))
        })
    }
}
