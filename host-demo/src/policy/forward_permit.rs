//! The permission to pass a request on to the upstream.

use super::{
    permit::Permit,
    principal::Principal,
    scope::{Inference, Management},
};

/// The proof that one request may be forwarded: from a permit of the key that it requires, or from
/// the authorizer where the configuration asks for no key.
#[derive(Debug)]
pub(crate) struct ForwardPermit {
    principal: Option<Principal>,
    needs_key: bool,
}

impl ForwardPermit {
    pub(super) const fn without_key() -> Self {
        Self {
            principal: None,
            needs_key: false,
        }
    }

    /// Whether anybody may send the request.
    pub(crate) const fn is_without_key(&self) -> bool {
        !self.needs_key
    }

    /// The principal; none if the request needed no key.
    pub(crate) const fn principal(&self) -> Option<Principal> {
        self.principal
    }
}

impl From<Permit<Inference>> for ForwardPermit {
    fn from(permit: Permit<Inference>) -> Self {
        Self {
            principal: permit.principal(),
            needs_key: true,
        }
    }
}

impl From<Permit<Management>> for ForwardPermit {
    fn from(permit: Permit<Management>) -> Self {
        Self {
            principal: permit.principal(),
            needs_key: true,
        }
    }
}
