//! What the pools of one thread share.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::{
    connector::connect, destination::Destination, error::SendError, settings::ClientSettings,
    stream::UpstreamStream,
};
use crate::telemetry::metrics::{CountedConnection, WorkerMetrics};

/// The settings and counters of one thread.
#[derive(Debug)]
pub(super) struct ClientContext {
    pub(super) settings: ClientSettings,
    pub(super) counters: Arc<WorkerMetrics>,
}

/// What a connection holds until its stream is closed.
#[derive(Debug)]
pub(super) struct Held {
    _slot: OwnedSemaphorePermit,
    _open: CountedConnection,
}

impl ClientContext {
    /// Opens a stream to the destination, which holds `slot` until it closes.
    ///
    /// # Errors
    /// It cannot be reached.
    pub(super) async fn connect(
        &self,
        destination: &Destination,
        slot: OwnedSemaphorePermit,
    ) -> Result<UpstreamStream<Held>, SendError> {
        let io = connect(
            destination.endpoint(),
            &self.settings.resolver,
            self.settings.connect_timeout,
        )
        .await?;
        let open = CountedConnection::open(&self.counters);
        Ok(UpstreamStream::new(
            io,
            Held {
                _slot: slot,
                _open: open,
            },
        ))
    }
}
