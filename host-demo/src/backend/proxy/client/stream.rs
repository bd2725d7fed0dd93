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
#[derive(Debug)]
pub(super) struct UpstreamStream<H> {
    io: UpstreamIo,
    _held: H,
}

impl<H> UpstreamStream<H> {
    pub(super) const fn new(io: UpstreamIo, held: H) -> Self {
        Self { io, _held: held }
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
        forward!(self, poll_read, context, buffer)
    }
}

impl<H: Unpin> AsyncWrite for UpstreamStream<H> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        forward!(self, poll_write, context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        forward!(self, poll_write_vectored, context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.io {
            UpstreamIo::Tcp(stream) => stream.is_write_vectored(),
            UpstreamIo::Tls(stream) => stream.is_write_vectored(),
            UpstreamIo::Unix(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        forward!(self, poll_flush, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        forward!(self, poll_shutdown, context)
    }
}
