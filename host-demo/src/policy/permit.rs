//! Permission as a value: a handler that takes a [`Permit`] cannot be called without one.

use std::marker::PhantomData;

use super::{principal::Principal, scope::Scope};

/// The proof that one request may use the API of `S`. Only the authorizer creates one.
#[derive(Debug)]
pub(crate) struct Permit<S: Scope> {
    scope: PhantomData<S>,
    principal: Option<Principal>,
}

impl<S: Scope> Permit<S> {
    pub(super) const fn granted(principal: Option<Principal>) -> Self {
        Self {
            scope: PhantomData,
            principal,
        }
    }

    /// The principal; none if the request needed no key, or the token plugin does not identify its
    /// keys.
    pub(crate) const fn principal(&self) -> Option<Principal> {
        self.principal
    }
}
