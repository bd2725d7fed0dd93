//! The byte stream of a connection to an upstream.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream},
};
use tokio_rustls::client::TlsStream;

/// A connected stream.
#[derive(Debug)]
pub(super) enum UpstreamIo {
    Tcp(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    Unix(UnixStream),
}

/// A stream, and what is held until it closes: an upgrade may take it out of the HTTP connection.
///
/// An upstream that answers before it has the whole request may close at once, and then what is sent
/// fails although the answer has arrived. Therefore a failure to write is no error here: what follows
/// is discarded, the answer can be read, and its end without a failure to read is one.
#[derive(Debug)]
pub(super) struct UpstreamStream<H> {
    io: UpstreamIo,
    is_write_closed: bool,
    _held: H,
}

impl<H> UpstreamStream<H> {
    pub(super) const fn new(io: UpstreamIo, held: H) -> Self {
        Self {
            io,
            is_write_closed: false,
            _held: held,
        }
    }

    /// The result of a write of `length` bytes; all are taken once the upstream takes none.
    fn written(
        &mut self,
        written: Poll<io::Result<usize>>,
        length: usize,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Err(error)) if is_closed_by_peer(&error) => {
                self.is_write_closed = true;
                Poll::Ready(Ok(length))
            }
            other => other,
        }
    }

    /// The result of a flush or of the end of writing.
    fn flushed(&mut self, flushed: Poll<io::Result<()>>) -> Poll<io::Result<()>> {
        match flushed {
            Poll::Ready(Err(error)) if is_closed_by_peer(&error) => {
                self.is_write_closed = true;
                Poll::Ready(Ok(()))
            }
            other => other,
        }
    }
}

/// Calls a method of the stream, whichever it is.
macro_rules! forward {
    ($stream:expr, $method:ident $(, $argument:expr)*) => {
        match &mut $stream.io {
            UpstreamIo::Tcp(stream) => Pin::new(stream).$method($($argument),*),
            UpstreamIo::Tls(stream) => Pin::new(&mut **stream).$method($($argument),*),
            UpstreamIo::Unix(stream) => Pin::new(stream).$method($($argument),*),
        }
    };
}

impl<H: Unpin> AsyncRead for UpstreamStream<H> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let filled = buffer.filled().len();
        let read = forward!(self, poll_read, context, buffer);
        let has_ended = matches!(read, Poll::Ready(Ok(()))) && buffer.filled().len() == filled;
        if has_ended && self.is_write_closed {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        read
    }
}

impl<H: Unpin> AsyncWrite for UpstreamStream<H> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_write_closed {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = forward!(self, poll_write, context, bytes);
        self.written(written, bytes.len())
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length = pieces.iter().map(|piece| piece.len()).sum();
        if self.is_write_closed {
            return Poll::Ready(Ok(length));
        }
        let written = forward!(self, poll_write_vectored, context, pieces);
        self.written(written, length)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.io {
            UpstreamIo::Tcp(stream) => stream.is_write_vectored(),
            UpstreamIo::Tls(stream) => stream.is_write_vectored(),
            UpstreamIo::Unix(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_write_closed {
            return Poll::Ready(Ok(()));
        }
        let flushed = forward!(self, poll_flush, context);
        self.flushed(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        forward!(self, poll_shutdown, context)
    }
}

fn is_closed_by_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
    )
}
