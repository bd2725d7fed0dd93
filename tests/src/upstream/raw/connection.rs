use std::{
    fmt,
    io::{self, Read as _, Write as _},
    net::{Shutdown, TcpStream},
    os::unix::net::UnixStream,
    sync::{Arc, PoisonError},
    time::Duration,
};

use socket2::SockRef;

use super::shared::{Shared, State};

const READ_BYTES: usize = 64 * 1024;

pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Unix(stream) => stream.read(buffer),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Unix(stream) => stream.write(bytes),
        }
    }
}

/// One connection of the host, in the hands of a script.
pub struct RawConnection {
    stream: Stream,
    number: usize,
    /// How much of what was received the script has read.
    consumed: usize,
    shared: Arc<Shared>,
}

impl RawConnection {
    pub(super) const fn new(stream: Stream, number: usize, shared: Arc<Shared>) -> Self {
        Self {
            stream,
            number,
            consumed: 0,
            shared,
        }
    }

    /// Its number, from 0.
    #[must_use]
    pub const fn number(&self) -> usize {
        self.number
    }

    /// Reads up to the next empty line, and returns what it read.
    ///
    /// # Errors
    /// When the connection ends first.
    pub fn read_head(&mut self) -> io::Result<Vec<u8>> {
        loop {
            let found = {
                let state = self.shared.lock();
                let unread = &state.received[self.number][self.consumed..];
                let end = unread.windows(4).position(|window| window == b"\r\n\r\n");
                end.map(|end| unread[..end + 4].to_vec())
            };
            if let Some(head) = found {
                self.consumed += head.len();
                return Ok(head);
            }
            self.receive()?;
        }
    }

    /// Reads so many bytes more.
    ///
    /// # Errors
    /// When the connection ends first.
    pub fn read_exact(&mut self, count: usize) -> io::Result<Vec<u8>> {
        loop {
            let found = {
                let state = self.shared.lock();
                let unread = &state.received[self.number][self.consumed..];
                unread.get(..count).map(<[u8]>::to_vec)
            };
            if let Some(bytes) = found {
                self.consumed += count;
                return Ok(bytes);
            }
            self.receive()?;
        }
    }

    /// Reads until the host closes the connection.
    ///
    /// # Errors
    /// When it is reset.
    pub fn read_to_end(&mut self) -> io::Result<()> {
        loop {
            match self.receive() {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Sends bytes unchanged.
    ///
    /// # Errors
    /// When the host has closed the connection.
    pub fn send(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.stream.write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if is_timeout(&error) => self.check_end()?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Neither reads nor sends until the test calls `RawUpstream::release`.
    ///
    /// # Errors
    /// When the test ends first.
    pub fn wait_for_release(&self) -> io::Result<()> {
        let state = self.shared.lock();
        let is_waiting = |state: &mut State| state.releases == 0 && !state.is_ended;
        let mut state = self
            .shared
            .changed
            .wait_while(state, is_waiting)
            .unwrap_or_else(PoisonError::into_inner);
        if state.is_ended {
            return Err(ended());
        }
        state.releases -= 1;
        Ok(())
    }

    /// Sends no more, but still receives.
    ///
    /// # Errors
    /// When the host has closed the connection.
    pub fn finish_sending(&self) -> io::Result<()> {
        match &self.stream {
            Stream::Tcp(stream) => stream.shutdown(Shutdown::Write),
            Stream::Unix(stream) => stream.shutdown(Shutdown::Write),
        }
    }

    /// Lets the end of the script reset the connection.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn reset(&mut self) -> io::Result<()> {
        match &self.stream {
            Stream::Tcp(stream) => SockRef::from(stream).set_linger(Some(Duration::ZERO)),
            Stream::Unix(_) => Ok(()),
        }
    }

    fn receive(&mut self) -> io::Result<()> {
        let mut buffer = vec![0; READ_BYTES];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    let mut state = self.shared.lock();
                    state.received[self.number].extend_from_slice(&buffer[..count]);
                    return Ok(());
                }
                Err(error) if is_timeout(&error) => self.check_end()?,
                Err(error) => return Err(error),
            }
        }
    }

    fn check_end(&self) -> io::Result<()> {
        if self.shared.is_ended() {
            return Err(ended());
        }
        Ok(())
    }
}

impl fmt::Debug for RawConnection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RawConnection")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

fn ended() -> io::Error {
    io::Error::other("the test has ended")
}
