use plugin_api::{TokenType, Verdict};
use token_core::Key;

/// The three keys, each different from the others.
#[derive(Debug)]
pub(crate) struct KeySet {
    management: Key,
    inference: Key,
    api: Key,
}

impl KeySet {
    /// # Errors
    /// The two kinds whose keys are equal: a key that is valid for two kinds has no kind.
    pub(crate) fn new(
        management: Key,
        inference: Key,
        api: Key,
    ) -> Result<Self, (TokenType, TokenType)> {
        if is_same(&management, &inference) {
            return Err((TokenType::MANAGEMENT, TokenType::INFERENCE));
        }
        if is_same(&management, &api) {
            return Err((TokenType::MANAGEMENT, TokenType::TOKEN));
        }
        if is_same(&inference, &api) {
            return Err((TokenType::INFERENCE, TokenType::TOKEN));
        }
        Ok(Self {
            management,
            inference,
            api,
        })
    }

    /// Whether `presented` is the key of the wanted kind. All three are compared whatever the result.
    pub(crate) fn check(&self, presented: &[u8], wanted: TokenType) -> Verdict {
        let management = self.management.matches(presented);
        let inference = self.inference.matches(presented);
        let api = self.api.matches(presented);
        let is_wanted = match wanted {
            TokenType::TOKEN => api,
            TokenType::MANAGEMENT => management,
            TokenType::INFERENCE => inference,
            _ => false,
        };
        match (is_wanted, management | inference | api) {
            (true, _) => Verdict::ALLOW,
            (false, true) => Verdict::DENY_SCOPE,
            (false, false) => Verdict::DENY_INVALID,
        }
    }

    /// Whether the other set has the same keys.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        is_same(&self.management, &other.management)
            && is_same(&self.inference, &other.inference)
            && is_same(&self.api, &other.api)
    }
}

fn is_same(one: &Key, other: &Key) -> bool {
    one.matches(other.secret_text())
}

#[cfg(test)]
mod tests;
