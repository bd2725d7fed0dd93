//! Authorization, in one place: a handler asks for a [`Permit`], and only [`Authorizer`] makes one.

use std::{marker::PhantomData, sync::Arc};

use plugin_api::TokenType;

use super::denied::{self, Denied};
use crate::{
    config::ExemptPaths,
    plugins::{RequestView, TokenPlugin},
    telemetry::metrics::{CheckOutcome, KeyKind, WorkerMetrics},
};

/// A part of the API that has a key of its own.
pub(crate) trait Scope: sealed::Sealed {
    /// The key that opens it.
    const TOKEN_TYPE: TokenType;
    /// The same, as it is counted.
    const KEY_KIND: KeyKind;
}

/// Predictions, and all else on the inference listener.
#[derive(Debug)]
pub(crate) enum Inference {}

/// Models, and all else on the management listener.
#[derive(Debug)]
pub(crate) enum Management {}

/// The endpoint `token` on the management listener.
#[derive(Debug)]
pub(crate) enum Token {}

impl Scope for Inference {
    const TOKEN_TYPE: TokenType = TokenType::INFERENCE;
    const KEY_KIND: KeyKind = KeyKind::Inference;
}

impl Scope for Management {
    const TOKEN_TYPE: TokenType = TokenType::MANAGEMENT;
    const KEY_KIND: KeyKind = KeyKind::Management;
}

impl Scope for Token {
    const TOKEN_TYPE: TokenType = TokenType::TOKEN;
    const KEY_KIND: KeyKind = KeyKind::Token;
}

/// The proof that one request may use the API of `S`. It cannot be made outside of this file.
#[derive(Debug)]
pub(crate) struct Permit<S: Scope>(PhantomData<S>);

/// Decides for every request.
#[derive(Debug)]
pub(crate) struct Authorizer {
    plugin: Option<Arc<TokenPlugin>>,
    exempt_paths: ExemptPaths,
}

impl Authorizer {
    /// With a token plugin: every request needs its key. Without: the server is open.
    pub(crate) const fn new(plugin: Option<Arc<TokenPlugin>>, exempt_paths: ExemptPaths) -> Self {
        Self {
            plugin,
            exempt_paths,
        }
    }

    /// Checks the key of a request.
    pub(crate) fn authorize<S: Scope>(
        &self,
        request: &RequestView<'_>,
        metrics: &WorkerMetrics,
    ) -> Result<Permit<S>, Denied> {
        let Some(plugin) = &self.plugin else {
            return Ok(Permit(PhantomData));
        };
        let verdict = plugin.check_token_authorization(request, S::TOKEN_TYPE);
        let decision = denied::decision(verdict);
        let outcome = decision.map_or_else(Denied::outcome, |()| CheckOutcome::Allowed);
        metrics.count_token_check(S::KEY_KIND, outcome);
        decision.map(|()| Permit(PhantomData))
    }

    /// As [`authorize`](Self::authorize), but the paths of `token_exempt_paths` need no key.
    pub(crate) fn authorize_inference(
        &self,
        request: &RequestView<'_>,
        metrics: &WorkerMetrics,
    ) -> Result<Permit<Inference>, Denied> {
        if self.exempt_paths.contains(request.path()) {
            return Ok(Permit(PhantomData));
        }
        self.authorize(request, metrics)
    }
}

mod sealed {
    pub(crate) trait Sealed {}
    impl Sealed for super::Inference {}
    impl Sealed for super::Management {}
    impl Sealed for super::Token {}
}

#[cfg(test)]
mod tests;
