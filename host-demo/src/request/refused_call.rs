//! Requests that are not forwarded: who is told so, and how.

use http::{StatusCode, request::Parts};

use super::profile_call::profile_call;
use crate::{
    http::rejection::Rejection,
    plugins::RequestView,
    policy::{Authorizer, Denied, Inference, Management},
    telemetry::metrics::WorkerMetrics,
};

/// A request that is not forwarded, which is told to whoever has one of its keys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RefusedCall {
    keys: RefusedKeys,
    is_blocked: bool,
}

/// Which keys open an API in which nothing answers a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum RefusedKeys {
    Inference,
    Management,
    Either,
}

/// Why a request is not forwarded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ForwardRefusal {
    /// No rule of the profile names it.
    Missing,
    /// The profile blocks it.
    Blocked {
        /// Whether the client has the management key, and so may know of it.
        is_manager: bool,
    },
}

impl RefusedCall {
    pub(super) const fn new(keys: RefusedKeys, is_blocked: bool) -> Self {
        Self { keys, is_blocked }
    }

    /// What the owner of one of the keys is told.
    pub(super) fn authorize(
        self,
        authorizer: &Authorizer,
        request: &RequestView<'_>,
        counters: &WorkerMetrics,
    ) -> Result<ForwardRefusal, Denied> {
        let refusal = |is_manager| match self.is_blocked {
            true => ForwardRefusal::Blocked { is_manager },
            false => ForwardRefusal::Missing,
        };
        let management = || authorizer.authorize::<Management>(request, counters);
        let inference = || authorizer.authorize::<Inference>(request, counters);
        match self.keys {
            RefusedKeys::Management => management().map(|_| refusal(true)),
            RefusedKeys::Inference => inference().map(|_| refusal(false)),
            RefusedKeys::Either => management()
                .map(|_| refusal(true))
                .or_else(|_| inference().map(|_| refusal(false))),
        }
    }
}

impl ForwardRefusal {
    /// What the client is told.
    pub(super) fn into_rejection(self, parts: &Parts) -> Rejection {
        match self {
            Self::Missing | Self::Blocked { is_manager: false } => Rejection::not_found(),
            Self::Blocked { is_manager: true } => Rejection::new(
                StatusCode::FORBIDDEN,
                "ForbiddenException",
                format!(
                    "The upstream profile blocks this call. To forward it with the management key, \
                     set upstream_allow={}",
                    profile_call(parts)
                ),
            ),
        }
    }
}
