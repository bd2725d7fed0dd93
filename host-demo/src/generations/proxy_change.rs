//! The reverse proxy of the next generation, which is another one if anything of the upstreams changed.

use std::sync::Arc;

use super::{ReloadScope, generation::Generation};
use crate::{
    backend::proxy::{ProxyError, ReverseProxy},
    config::Config,
};

/// From the proxy of the generation that serves to that of the next one; neither need be there.
#[derive(Debug)]
pub(super) struct ProxyChange {
    last: Option<Arc<ReverseProxy>>,
    pub(super) next: Option<Arc<ReverseProxy>>,
}

impl ProxyChange {
    /// Reads the files that the next configuration names for upstreams, if that is in the scope.
    ///
    /// # Errors
    /// One of them cannot be used, or an address.
    pub(super) fn read(
        scope: ReloadScope,
        config: &Config,
        last: &Generation,
    ) -> Result<Self, ProxyError> {
        let last = last.settings.proxy.clone();
        let next = match scope {
            ReloadScope::Everything => {
                ReverseProxy::for_config(config.upstream.as_ref(), last.as_ref())?
            }
            ReloadScope::Plugins => last.clone(),
        };
        Ok(Self { last, next })
    }

    /// Whether both are the same.
    pub(super) fn is_none(&self) -> bool {
        self.next.as_ref().map(Arc::as_ptr) == self.last.as_ref().map(Arc::as_ptr)
    }

    /// Begins to probe the replicas of the next one, if it is another one. That ends with it, if it is not used.
    ///
    /// # Errors
    /// The thread for it cannot be started.
    pub(super) fn begin(&self) -> Result<(), ProxyError> {
        match &self.next {
            Some(next) if !self.is_none() => next.start_probes(),
            _ => Ok(()),
        }
    }

    /// The next one is in force: ends the probes of the last one, if it is another one.
    pub(super) fn complete(self) {
        if self.is_none() {
            return;
        }
        tracing::info!("the settings and files of upstreams that were read now are in force");
        if let Some(last) = self.last {
            last.stop_probes();
        }
    }
}
