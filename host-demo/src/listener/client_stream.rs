//! The byte stream of one connection, whose first bytes show the protocol.

use std::{
    future::poll_fn,
    io, mem,
    ops::Range,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::http::connection_state::ConnectionState;

/// What a client of HTTP/2 sends first (RFC 9113 section 3.4). All of it is awaited here, because the HTTP/2
/// connection itself waits for it without a limit.
const HTTP2_PREFACE: [u8; 24] = *b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// How much is read at once of an HTTP/2 connection that has shown no good key: some requests, which are
/// answered or refused before the next ones are read, so that they are never in memory all together.
const READ_BEFORE_KEY_BYTES_MAX: usize = 128;

/// A connection's stream. The bytes that were read to detect the protocol are read a second time.
#[derive(Debug)]
pub(crate) struct ClientStream<S, H> {
    start: [u8; HTTP2_PREFACE.len()],
    /// The part of `start` that is to be read a second time.
    unread: Range<usize>,
    stream: S,
    state: Arc<ConnectionState>,
    is_http2: bool,
    /// Whether all that was written is on its way.
    is_flushed: bool,
    /// Whether the client has ended its sending, which HTTP does not see yet.
    is_end_withheld: bool,
    /// Dropped with the stream, even after an upgrade has taken it from the HTTP connection.
    _held: H,
}

impl<S: AsyncRead + Unpin, H> ClientStream<S, H> {
    /// `held` lives as long as the stream, for example its slot.
    pub(crate) const fn new(stream: S, state: Arc<ConnectionState>, held: H) -> Self {
        Self {
            start: [0; HTTP2_PREFACE.len()],
            unread: 0..0,
            stream,
            state,
            is_http2: false,
            is_flushed: true,
            is_end_withheld: false,
            _held: held,
        }
    }

    /// From now on the bytes are read as HTTP/2, or as HTTP/1.1.
    pub(crate) fn begin(&mut self, is_http2: bool) {
        self.is_http2 = is_http2;
        self.state.begin_serving();
        self.state.set_reading_head(!is_http2);
    }

    /// Waits for the first bytes, which show whether the client speaks HTTP/2, and for its whole preface if it does.
    ///
    /// # Errors
    /// The stream ends or fails first.
    pub(crate) async fn speaks_http2(&mut self) -> io::Result<bool> {
        loop {
            let read = self.unread.end;
            match self.start.get(..read) {
                Some(start) if start == HTTP2_PREFACE => return Ok(true),
                Some(start) if HTTP2_PREFACE.starts_with(start) => {}
                _ => return Ok(false),
            }
            let (stream, rest) = (&mut self.stream, self.start.get_mut(read..));
            let mut buffer = ReadBuf::new(rest.unwrap_or_default());
            poll_fn(|context| Pin::new(&mut *stream).poll_read(context, &mut buffer)).await?;
            match buffer.filled().len() {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                length => self.unread.end += length,
            }
        }
    }
}

impl<S: AsyncRead + Unpin, H> ClientStream<S, H> {
    fn read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buffer.remaining();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if self.is_http2 || self.state.has_ended() {
            return read;
        }
        if buffer.remaining() < room {
            if !self.state.is_running() {
                self.state.set_reading_head(true);
            }
        } else if room > 0 && matches!(read, Poll::Ready(Ok(()))) && self.withholds_end() {
            self.is_end_withheld = true;
            self.state.wake_later(context);
            return Poll::Pending;
        }
        read
    }

    /// Whether HTTP does not see yet that the client has ended its sending, because a response is still to
    /// be sent.
    fn withholds_end(&self) -> bool {
        self.state.input_end.note() || !self.is_flushed && !self.state.is_running()
    }

    /// Reads a little, once for each time that the connection's task runs, and nothing while the client
    /// takes nothing or has left many bodies open.
    fn read_before_key(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.state.is_write_blocked() || self.state.has_left_too_many_bodies() {
            // The end of that wakes the task.
            return Poll::Pending;
        }
        if !self.state.take_turn_to_read() {
            // Not by the state, whose waker may have been used for this very turn.
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let room = buffer.remaining().min(READ_BEFORE_KEY_BYTES_MAX);
        let mut little = ReadBuf::new(buffer.initialize_unfilled_to(room));
        let read = Pin::new(&mut self.stream).poll_read(context, &mut little);
        let count = little.filled().len();
        if read.is_pending() {
            self.state.give_turn_to_read();
        }
        buffer.advance(count);
        read
    }
}

impl<S: AsyncRead + Unpin, H: Unpin> AsyncRead for ClientStream<S, H> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.unread.is_empty() {
            return if self.is_http2 && !self.state.has_permit() {
                self.read_before_key(context, buffer)
            } else {
                self.read(context, buffer)
            };
        }
        let unread = self.start.get(self.unread.clone()).unwrap_or_default();
        let length = unread.len().min(buffer.remaining());
        buffer.put_slice(unread.get(..length).unwrap_or_default());
        self.unread.start += length;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin, H: Unpin> AsyncWrite for ClientStream<S, H> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.is_flushed = false;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.is_flushed = false;
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        self.is_flushed = true;
        if mem::take(&mut self.is_end_withheld) {
            context.waker().wake_by_ref();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;
