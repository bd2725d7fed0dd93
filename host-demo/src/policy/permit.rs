//! Permission as a value: a handler that takes a [`Permit`] cannot be called without one.

use std::marker::PhantomData;

use super::scope::Scope;

/// The proof that one request may use the API of `S`. Only the authorizer makes one.
#[derive(Debug)]
pub(crate) struct Permit<S: Scope> {
    scope: PhantomData<S>,
}

impl<S: Scope> Permit<S> {
    pub(super) const fn granted() -> Self {
        Self { scope: PhantomData }
    }
}
