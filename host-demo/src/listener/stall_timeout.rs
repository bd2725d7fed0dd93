//! A byte stream that fails when its peer accepts no bytes for too long.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

use crate::{http::connection_state::ConnectionState, telemetry::metrics::Limit};

/// The same stream, on which a write fails with [`io::ErrorKind::TimedOut`] when the peer accepts nothing for longer
/// than `write_timeout_sec`, so that a client that sends requests and reads no responses does not hold its
/// connection indefinitely. Before its first good key it must accept all that waits within that time.
#[derive(Debug)]
pub(crate) struct StallTimeout<S> {
    stream: S,
    state: Arc<ConnectionState>,
    /// Runs while a write waits.
    timer: Option<Pin<Box<Sleep>>>,
}

impl<S> StallTimeout<S> {
    pub(crate) const fn new(stream: S, state: Arc<ConnectionState>) -> Self {
        Self {
            stream,
            state,
            timer: None,
        }
    }

    /// The result of a write, or the failure of one that waits for too long.
    fn limit(
        &mut self,
        written: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            if self.state.has_permit() {
                self.unblock();
            }
            return written;
        }
        let limits = self.state.limits();
        let timer = self.timer.get_or_insert_with(|| {
            self.state.set_write_blocked(true);
            Box::pin(sleep(limits.values.write_timeout))
        });
        ready!(timer.as_mut().poll(context));
        limits.metrics.count_limit(Limit::WriteTimeout);
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// The peer accepts again.
    fn unblock(&mut self) {
        if self.timer.take().is_some() {
            self.state.set_write_blocked(false);
            // A connection that has shown no good key does not read meanwhile.
            self.state.wake();
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for StallTimeout<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for StallTimeout<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.limit(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.limit(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Called when all that waited is written.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.unblock();
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;
