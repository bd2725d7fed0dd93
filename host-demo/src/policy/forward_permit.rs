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
}

impl ForwardPermit {
    pub(super) const fn without_key() -> Self {
        Self { principal: None }
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
        }
    }
}

impl From<Permit<Management>> for ForwardPermit {
    fn from(permit: Permit<Management>) -> Self {
        Self {
            principal: permit.principal(),
        }
    }
}
