//! The decision about a request: a [`Permit`], or the reason of a denial.

use std::sync::Arc;

use super::{
    denied::{self, Denied},
    forward_permit::ForwardPermit,
    permit::Permit,
    principal::Principal,
    scope::{Inference, Scope},
};
use crate::{
    config::ExemptPaths,
    plugins::{RequestView, TokenPlugin},
    telemetry::metrics::{CheckOutcome, WorkerMetrics},
};

/// Decides about every request.
#[derive(Debug)]
pub(crate) struct Authorizer {
    plugin: Option<Arc<TokenPlugin>>,
    exempt_paths: ExemptPaths,
}

impl Authorizer {
    /// With a token plugin every request needs a key; without one the server is open.
    pub(crate) const fn new(plugin: Option<Arc<TokenPlugin>>, exempt_paths: ExemptPaths) -> Self {
        Self {
            plugin,
            exempt_paths,
        }
    }

    /// Whether no request needs a key.
    pub(crate) const fn is_open(&self) -> bool {
        self.plugin.is_none()
    }

    /// Checks the key of a request.
    pub(crate) fn authorize<S: Scope>(
        &self,
        request: &RequestView<'_>,
        metrics: &WorkerMetrics,
    ) -> Result<Permit<S>, Denied> {
        let Some(plugin) = &self.plugin else {
            return Ok(Permit::granted(None));
        };
        let verdict = plugin.check_token_authorization(request, S::TOKEN_TYPE);
        let decision = denied::decision(verdict);
        let outcome = decision.map_or_else(Denied::outcome, |()| CheckOutcome::Allowed);
        metrics.count_token_check(S::TOKEN_TYPE, outcome);
        decision.map(|()| {
            request.set_allowed();
            Permit::granted(request.key().map(Principal::new))
        })
    }

    /// As [`authorize`](Self::authorize), but the paths of `token_exempt_paths` need no key.
    pub(crate) fn authorize_inference(
        &self,
        request: &RequestView<'_>,
        metrics: &WorkerMetrics,
    ) -> Result<Permit<Inference>, Denied> {
        if self.is_exempt(request) {
            return Ok(Permit::granted(None));
        }
        self.authorize(request, metrics)
    }

    /// Whether the path of a request of the inference API needs no key.
    pub(crate) fn is_exempt(&self, request: &RequestView<'_>) -> bool {
        self.exempt_paths.contains(request.path())
    }

    /// Whether the key of a request that was allowed before is still valid. Neither counted nor, by
    /// a plugin that follows the contract, charged: `request` says that it is a further check.
    pub(crate) fn still_allows<S: Scope>(&self, request: &RequestView<'_>) -> bool {
        self.plugin.as_ref().is_none_or(|plugin| {
            plugin
                .check_token_authorization(request, S::TOKEN_TYPE)
                .allows()
        })
    }

    /// The permit of a forwarded request for which the configuration asks no key: of the metrics
    /// listener, or to a health path of the upstream.
    #[expect(
        clippy::unused_self,
        reason = "only who has the authorizer may grant a permit"
    )]
    pub(crate) const fn without_key(&self) -> ForwardPermit {
        ForwardPermit::without_key()
    }

    /// The display name of a principal; none if the token plugin has no name for it, or no longer
    /// has one.
    ///
    /// It calls the plugin, so it must not be used for requests that are not logged.
    pub(crate) fn name(&self, principal: Principal) -> Option<String> {
        self.plugin.as_ref()?.key_name(principal.key())
    }
}

#[cfg(test)]
mod tests;
