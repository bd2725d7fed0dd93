//! Hands a permitted request to the reverse proxy.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use http::{HeaderMap, Response, request::Parts, uri::Scheme};

use super::{
    forwarding::{ForwardKey, ForwardTarget},
    recheck::Recheck,
    refused_call::ForwardRefusal,
    service::{Pending, Service},
};
use crate::{
    backend::proxy::ForwardCall,
    config,
    http::{
        body::ResponseBody, grpc_timeout::grpc_timeout, last_hop::LastHop, rejection::Rejection,
    },
    policy::ForwardPermit,
};

/// How long a gRPC call without a key may take, from its head to the end of its response.
const KEYLESS_GRPC_MAX: Duration = Duration::from_secs(10);

impl Service {
    pub(super) async fn forward(
        &self,
        permit: &ForwardPermit,
        target: ForwardTarget<'_>,
        pending: Pending<'_>,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let config = Arc::clone(&pending.settings.config);
        let (Some(proxy), Some(settings)) = (&pending.settings.proxy, &config.upstream) else {
            return Err(Rejection::not_found());
        };
        let forwarder = self.forwarders.of(proxy);
        let takes_body = target.takes_body(pending.parts.version, &pending.body)?;
        let Pending {
            parts,
            path,
            client,
            host,
            ..
        } = pending;
        let recheck = config.cut_streams_on_revocation.then(|| {
            let application = Arc::clone(&self.application);
            let recheck = Recheck::new(application, &target, parts, path, client);
            Box::new(move || recheck.allows()) as Box<dyn Fn() -> bool>
        });
        let time_limit = match target.is_grpc {
            true => grpc_time_limit(target.key, &parts.headers)?,
            false => None,
        };
        let scheme = match self.recorder.scheme {
            config::Scheme::Http => Scheme::HTTP,
            config::Scheme::Https => Scheme::HTTPS,
        };
        let call = ForwardCall {
            parts,
            settings,
            body: takes_body.then(|| Self::body(pending)),
            last_hop: LastHop {
                peer: self.peer.ip(),
                client: client.ip(),
                is_trusted: config.trusted_proxies.contains(self.peer.ip()),
                scheme: &scheme,
                host,
            },
            model: target.model,
            is_grpc: target.is_grpc,
            time_limit,
            is_upgrade: target.is_upgrade,
            recheck,
        };
        forwarder.forward(permit, target.upstream, call).await
    }

    /// The response to a request that is not forwarded. Blocked calls are logged, at most one a
    /// minute.
    pub(super) fn refuse(&self, refusal: ForwardRefusal, parts: &Parts) -> Rejection {
        let path = self.application.key_form.redact(parts.uri.path());
        let is_blocked = matches!(refusal, ForwardRefusal::Blocked { .. });
        if is_blocked && self.application.blocked_calls.allows(Instant::now()) {
            tracing::warn!(
                "the upstream profile blocks {} {path}, which a client with a valid key requested; \
                 further blocked calls are not logged for a minute",
                parts.method
            );
        }
        refusal.into_rejection(parts)
    }
}

/// How long a gRPC call may take, if it is limited. One that needs no key is as short as a look at
/// the health of a server, and nobody may hold it open.
fn grpc_time_limit(key: ForwardKey, headers: &HeaderMap) -> Result<Option<Duration>, Rejection> {
    let of_client = grpc_timeout(headers)?;
    Ok(match key {
        ForwardKey::None => {
            Some(of_client.map_or(KEYLESS_GRPC_MAX, |limit| limit.min(KEYLESS_GRPC_MAX)))
        }
        ForwardKey::Inference | ForwardKey::Management => of_client,
    })
}

#[cfg(test)]
mod tests;
