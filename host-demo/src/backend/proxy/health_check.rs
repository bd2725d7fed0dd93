//! Asks each replica of a model server at an interval whether it is up.

use std::{io, sync::Arc, thread, time::Duration};

use bytes::Bytes;
use http::{
    HeaderValue, Request, StatusCode,
    header::{AUTHORIZATION, CONNECTION, HOST, USER_AGENT},
    uri::PathAndQuery,
};
use http_body_util::Empty;
use thiserror::Error;
use tokio::{
    runtime::{Builder, LocalOptions, LocalRuntime},
    sync::watch,
    task::spawn_local,
    time::{MissedTickBehavior, interval, timeout},
};

use super::{
    client::{Resolver, SendError, probe},
    replica::Replica,
};
use crate::telemetry::error_chain::error_chain;

/// What is asked, and how often.
#[derive(Clone, Debug)]
pub(super) struct HealthCheck {
    pub(super) resolver: Resolver,
    pub(super) path: PathAndQuery,
    /// The upstream's own key, if it has one.
    pub(super) authorization: Option<HeaderValue>,
    pub(super) interval: Duration,
    /// How long a probe may take, from the connection to the head of the response.
    pub(super) timeout: Duration,
}

/// Why a probe failed.
#[derive(Debug, Error)]
enum ProbeError {
    #[error(transparent)]
    Send(#[from] SendError),
    #[error("no response within upstream_health_timeout_sec={}", .0.as_secs())]
    Timeout(Duration),
    #[error("{0}")]
    Status(StatusCode),
    #[error("the request cannot be written")]
    Request(#[from] http::Error),
}

/// The thread that probes; dropping it waits until no probe runs any more.
#[derive(Debug)]
pub(super) struct ProbeThread {
    stop: watch::Sender<bool>,
    /// None once it has been waited for.
    thread: Option<thread::JoinHandle<()>>,
}

impl Drop for ProbeThread {
    fn drop(&mut self) {
        // An error means that the thread has ended already.
        let _ = self.stop.send(true);
        if self
            .thread
            .take()
            .map(thread::JoinHandle::join)
            .is_some_and(|end| end.is_err())
        {
            tracing::error!("the thread that probes upstreams panicked");
        }
    }
}

/// Starts the thread that probes each of the replicas from now on.
///
/// # Errors
/// The thread or its event loop cannot be started.
pub(super) fn start(check: HealthCheck, replicas: Vec<Arc<Replica>>) -> io::Result<ProbeThread> {
    let (stop, stopped) = watch::channel(false);
    let (sender, started) = std::sync::mpsc::sync_channel(1);
    let thread = thread::Builder::new().name("upstream-health".to_owned());
    let thread = thread.spawn(move || {
        // The event loop cannot leave the thread that makes it.
        let (runtime, outcome) = match runtime() {
            Ok(runtime) => (Some(runtime), Ok(())),
            Err(error) => (None, Err(error)),
        };
        // The thread that called `start` waits for this.
        let _ = sender.send(outcome);
        if let Some(runtime) = runtime {
            runtime.block_on(run(check, replicas, stopped));
            // The resolution of a name must not delay the shutdown.
            runtime.shutdown_background();
        }
    })?;
    started.recv().map_err(io::Error::other)??;
    Ok(ProbeThread {
        stop,
        thread: Some(thread),
    })
}

fn runtime() -> io::Result<LocalRuntime> {
    Builder::new_current_thread()
        .enable_all()
        .thread_name("blocking")
        .build_local(LocalOptions::default())
}

async fn run(check: HealthCheck, replicas: Vec<Arc<Replica>>, mut stopped: watch::Receiver<bool>) {
    for replica in replicas {
        let check = check.clone();
        spawn_local(async move { check.watch(&replica).await });
    }
    // An error means that nobody can stop it any more.
    let _ = stopped.wait_for(|&is_stopped| is_stopped).await;
}

impl HealthCheck {
    /// Probes one replica for ever.
    async fn watch(&self, replica: &Replica) {
        let mut turns = interval(self.interval);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            turns.tick().await;
            let probed = self.probe(replica).await;
            let outcome = match &probed {
                Ok(status) => status.to_string(),
                Err(error) => error_chain(error),
            };
            let reason = format!("GET {}: {outcome}", self.path);
            replica.record_probe(probed.is_ok(), &reason);
        }
    }

    async fn probe(&self, replica: &Replica) -> Result<StatusCode, ProbeError> {
        let request = self.request(replica)?;
        let probing = probe(&replica.destination, &self.resolver, request, self.timeout);
        let late = |_| ProbeError::Timeout(self.timeout);
        let status = timeout(self.timeout, probing).await.map_err(late)??;
        if status.is_success() {
            Ok(status)
        } else {
            Err(ProbeError::Status(status))
        }
    }

    fn request(&self, replica: &Replica) -> http::Result<Request<Empty<Bytes>>> {
        let mut request = Request::get(self.path.as_str())
            .header(HOST, replica.origin.host.clone())
            .header(USER_AGENT, env!("CARGO_PKG_NAME"))
            .header(CONNECTION, "close");
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        request.body(Empty::new())
    }
}

#[cfg(test)]
mod tests;
