use plugin_api::{TokenType, Verdict};
use subtle::Choice;

use crate::key::Key;

/// The three keys, each different from the others.
#[derive(Debug, PartialEq)]
pub(crate) struct KeySet {
    management: Key,
    inference: Key,
    api: Key,
}

impl KeySet {
    /// # Errors
    /// The two kinds of which the keys are equal: a key that opens two doors has no kind.
    pub(crate) fn new(
        management: Key,
        inference: Key,
        api: Key,
    ) -> Result<Self, (TokenType, TokenType)> {
        if management == inference {
            return Err((TokenType::MANAGEMENT, TokenType::INFERENCE));
        }
        if management == api {
            return Err((TokenType::MANAGEMENT, TokenType::TOKEN));
        }
        if inference == api {
            return Err((TokenType::INFERENCE, TokenType::TOKEN));
        }
        Ok(Self {
            management,
            inference,
            api,
        })
    }

    /// Whether `presented` is the key of the kind that is wanted. All three are compared whatever the outcome.
    pub(crate) fn judge(&self, presented: &[u8], wanted: TokenType) -> Verdict {
        let management = self.management.matches(presented);
        let inference = self.inference.matches(presented);
        let api = self.api.matches(presented);
        let right = match wanted {
            TokenType::TOKEN => api,
            TokenType::MANAGEMENT => management,
            TokenType::INFERENCE => inference,
            _ => Choice::from(0),
        };
        if right.into() {
            Verdict::ALLOW
        } else if (management | inference | api).into() {
            Verdict::DENY_SCOPE
        } else {
            Verdict::DENY_INVALID
        }
    }
}

#[cfg(test)]
mod tests;
