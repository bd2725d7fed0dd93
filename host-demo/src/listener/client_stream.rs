//! The byte stream of one connection, whose first bytes show the protocol.

use std::{
    future::poll_fn,
    io,
    ops::Range,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a client of HTTP/2 sends first (RFC 9113 section 3.4). All of it is awaited here, because the HTTP/2
/// connection itself waits for it without a limit.
const HTTP2_PREFACE: [u8; 24] = *b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection's stream. The bytes that were read to detect the protocol are read a second time.
#[derive(Debug)]
pub(crate) struct ClientStream<S, H> {
    start: [u8; HTTP2_PREFACE.len()],
    /// The part of `start` that is to be read a second time.
    unread: Range<usize>,
    stream: S,
    /// Dropped with the stream, even after an upgrade has taken it from the HTTP connection.
    _held: H,
}

impl<S: AsyncRead + Unpin, H> ClientStream<S, H> {
    /// `held` lives as long as the stream, for example its slot.
    pub(crate) const fn new(stream: S, held: H) -> Self {
        Self {
            start: [0; HTTP2_PREFACE.len()],
            unread: 0..0,
            stream,
            _held: held,
        }
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

impl<S: AsyncRead + Unpin, H: Unpin> AsyncRead for ClientStream<S, H> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.unread.is_empty() {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
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
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;
