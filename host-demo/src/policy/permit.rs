//! Permission as a value: a handler that takes a [`Permit`] cannot be called without one.

use std::{marker::PhantomData, num::NonZeroU64};

use super::scope::Scope;

/// The proof that one request may use the API of `S`. Only the authorizer makes one.
#[derive(Debug)]
pub(crate) struct Permit<S: Scope> {
    scope: PhantomData<S>,
    key: Option<NonZeroU64>,
}

impl<S: Scope> Permit<S> {
    /// With the id of the key that the check found.
    pub(super) const fn granted(key: Option<NonZeroU64>) -> Self {
        Self {
            scope: PhantomData,
            key,
        }
    }

    /// The id of the key that opens the request; nothing where it needed none, or the plugin told none.
    pub(crate) const fn key(&self) -> Option<NonZeroU64> {
        self.key
    }
}
