//! Hands a permitted request to the reverse proxy.

use http::{Response, uri::Scheme};

use super::{
    forwarding::ForwardTarget,
    operations::BODY_IDLE_MAX,
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

impl Service {
    pub(super) async fn forward(
        &self,
        permit: &ForwardPermit,
        target: ForwardTarget<'_>,
        pending: Pending<'_>,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let Some(forwarder) = &self.forwarder else {
            return Err(Rejection::not_found());
        };
        let Pending {
            parts,
            client,
            host,
            ..
        } = pending;
        let time_limit = if target.is_grpc {
            grpc_timeout(&parts.headers)?
        } else {
            None
        };
        let scheme = match self.recorder.scheme {
            config::Scheme::Http => Scheme::HTTP,
            config::Scheme::Https => Scheme::HTTPS,
        };
        let call = ForwardCall {
            parts,
            body: pending.into_body(BODY_IDLE_MAX),
            last_hop: LastHop {
                peer: self.peer.ip(),
                client: client.ip(),
                is_trusted: self.application.trusted_proxies.contains(self.peer.ip()),
                scheme: &scheme,
                host,
            },
            is_grpc: target.is_grpc,
            time_limit,
            may_upgrade: target.may_upgrade,
            recheck: None,
        };
        forwarder.forward(permit, target.upstream, call).await
    }
}
