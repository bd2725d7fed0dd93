use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpStream},
    sync::{Arc, Mutex, PoisonError},
};

use rustls::{ClientConnection, StreamOwned};

use crate::{DEADLINE, Request, Response, TlsClient};

/// Everything that a host has sent, which is searched for keys at the end.
pub(crate) type Transcript = Arc<Mutex<Vec<u8>>>;

/// One connection; HTTP/1.1 is written and parsed by hand.
#[derive(Debug)]
pub struct Connection {
    stream: BufReader<Stream>,
    transcript: Option<Transcript>,
    /// Those of the last body.
    trailers: Vec<(String, String)>,
}

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Encrypted(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Connection {
    /// Connects.
    #[must_use]
    pub fn open(address: SocketAddr) -> Self {
        Self::try_open(address).unwrap_or_else(|error| panic!("{address}: {error}"))
    }

    /// As [`open`](Self::open).
    ///
    /// # Errors
    /// When the connection is refused.
    pub fn try_open(address: SocketAddr) -> io::Result<Self> {
        Ok(Self::over(Stream::Plain(connect(address)?)))
    }

    /// Connects and makes the TLS handshake, as far as a client can tell that it went well: over TLS 1.3 a server
    /// refuses a client's certificate only afterwards.
    ///
    /// # Errors
    /// When the connection or the handshake fails.
    pub fn try_open_encrypted(address: SocketAddr, client: &TlsClient) -> io::Result<Self> {
        let mut socket = connect(address)?;
        let mut session = client.session();
        while session.is_handshaking() {
            session.complete_io(&mut socket)?;
        }
        let stream = StreamOwned::new(session, socket);
        Ok(Self::over(Stream::Encrypted(Box::new(stream))))
    }

    fn over(stream: Stream) -> Self {
        Self {
            stream: BufReader::new(stream),
            transcript: None,
            trailers: Vec::new(),
        }
    }

    /// The TLS session, of an encrypted connection.
    #[must_use]
    pub fn session(&self) -> Option<&ClientConnection> {
        match self.stream.get_ref() {
            Stream::Plain(_) => None,
            Stream::Encrypted(stream) => Some(&stream.conn),
        }
    }

    pub(crate) fn with_transcript(mut self, transcript: Transcript) -> Self {
        self.transcript = Some(transcript);
        self
    }

    /// Sends a request and reads the response.
    pub fn exchange(&mut self, request: &Request) -> Response {
        self.try_exchange(request)
            .unwrap_or_else(|error| panic!("no response: {error}"))
    }

    /// As [`exchange`](Self::exchange).
    ///
    /// # Errors
    /// When the connection fails first.
    pub fn try_exchange(&mut self, request: &Request) -> io::Result<Response> {
        self.try_send(&request.to_bytes())?;
        self.try_receive(request.is_head())
    }

    /// Sends bytes unchanged.
    pub fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).expect("the connection is open");
    }

    /// As [`send`](Self::send).
    ///
    /// # Errors
    /// When the other side has closed the connection.
    pub fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// Reads one response; a 1xx counts as one.
    pub fn receive(&mut self) -> Response {
        self.try_receive(false)
            .unwrap_or_else(|error| panic!("no response: {error}"))
    }

    /// As [`receive`](Self::receive).
    ///
    /// # Errors
    /// When the connection ends first.
    pub fn try_receive(&mut self, is_head: bool) -> io::Result<Response> {
        let mut response = self.head()?;
        let is_bodiless = is_head || response.status < 200 || matches!(response.status, 204 | 304);
        if !is_bodiless {
            response.body = self.body(&response)?;
        }
        if let Some(transcript) = &self.transcript {
            let mut transcript = transcript.lock().unwrap_or_else(PoisonError::into_inner);
            for (name, value) in &response.headers {
                transcript.extend_from_slice(format!("{name}: {value}\n").as_bytes());
            }
            transcript.extend_from_slice(&response.body);
            transcript.push(b'\n');
        }
        Ok(response)
    }

    /// Reads the head of a response; its body is read piece by piece.
    pub fn receive_head(&mut self) -> Response {
        self.head()
            .unwrap_or_else(|error| panic!("no response: {error}"))
    }

    /// Reads the next chunk of a body; `None` at its end.
    ///
    /// # Errors
    /// When the connection ends first.
    pub fn receive_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.chunk()
    }

    /// The trailers of the last body that ended in chunks.
    #[must_use]
    pub fn trailers(&self) -> &[(String, String)] {
        &self.trailers
    }

    /// Reads some bytes as they were sent, at most so many; none at the end of the connection.
    ///
    /// # Errors
    /// When the connection is reset.
    pub fn receive_some(&mut self, count_max: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count_max];
        let count = self.stream.read(&mut bytes)?;
        bytes.truncate(count);
        Ok(bytes)
    }

    /// Reads so many bytes as they were sent.
    ///
    /// # Errors
    /// When the connection ends first.
    pub fn receive_exact(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads as they were sent all bytes up to the end of the connection, and says whether it was orderly.
    pub fn receive_to_end(&mut self) -> (Vec<u8>, io::Result<()>) {
        let mut bytes = Vec::new();
        let end = self.stream.read_to_end(&mut bytes);
        (bytes, end.map(drop))
    }

    /// Sends no more, but still receives.
    pub fn finish_sending(&mut self) {
        let stream = self.socket();
        stream.shutdown(Shutdown::Write).expect("it is open");
    }

    /// The socket, for what this type does not do.
    #[must_use]
    pub fn socket(&self) -> &TcpStream {
        match self.stream.get_ref() {
            Stream::Plain(stream) => stream,
            Stream::Encrypted(stream) => &stream.sock,
        }
    }

    /// Whether the other side has closed the connection, or does before the deadline.
    pub fn ends(&mut self) -> bool {
        match self.stream.fill_buf() {
            Ok(rest) => rest.is_empty(),
            Err(error) => error.kind() == io::ErrorKind::ConnectionReset,
        }
    }

    fn head(&mut self) -> io::Result<Response> {
        let status_line = self.line()?;
        let status = status_line
            .strip_prefix("HTTP/1.")
            .and_then(|rest| rest.strip_prefix(['0', '1']))
            .and_then(|rest| rest.strip_prefix(' '))
            .and_then(|rest| rest.get(..3))
            .and_then(|status| status.parse().ok())
            .ok_or_else(|| io::Error::other(format!("status line {status_line:?}")))?;
        let headers = self.fields()?;
        Ok(Response {
            status,
            headers,
            body: Vec::new(),
        })
    }

    /// Header fields up to the empty line.
    fn fields(&mut self) -> io::Result<Vec<(String, String)>> {
        let mut fields = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Ok(fields);
            }
            let (name, value) = line
                .split_once(':')
                .ok_or_else(|| io::Error::other(format!("header {line:?}")))?;
            fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    fn body(&mut self, response: &Response) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if response.header("transfer-encoding") == Some("chunked") {
            while let Some(chunk) = self.chunk()? {
                body.extend_from_slice(&chunk);
            }
        } else if let Some(length) = response.header("content-length") {
            let length = length.parse().map_err(io::Error::other)?;
            body.resize(length, 0);
            self.stream.read_exact(&mut body)?;
        } else {
            self.stream.read_to_end(&mut body)?;
        }
        Ok(body)
    }

    fn chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        let size = usize::from_str_radix(&self.line()?, 16).map_err(io::Error::other)?;
        if size == 0 {
            self.trailers = self.fields()?;
            return Ok(None);
        }
        let mut chunk = vec![0; size];
        self.stream.read_exact(&mut chunk)?;
        self.line()?;
        Ok(Some(chunk))
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        line.strip_suffix("\r\n")
            .map(str::to_owned)
            .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

impl io::Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Encrypted(stream) => stream.read(buffer),
        }
    }
}

impl io::Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Encrypted(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Encrypted(stream) => stream.flush(),
        }
    }
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    stream.set_write_timeout(Some(DEADLINE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
