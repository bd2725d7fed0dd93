use plugin_api::{TokenType, Verdict};

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
            return Err((TokenType::Management, TokenType::Inference));
        }
        if management == api {
            return Err((TokenType::Management, TokenType::Token));
        }
        if inference == api {
            return Err((TokenType::Inference, TokenType::Token));
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
            TokenType::Token => api,
            TokenType::Management => management,
            TokenType::Inference => inference,
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
