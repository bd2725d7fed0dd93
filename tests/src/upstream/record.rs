use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::request::Parts;

/// The head of a request, as the server behind the host parsed it.
#[derive(Clone, Debug)]
pub struct SeenRequest {
    /// The method.
    pub method: String,
    /// The target: of HTTP/2 path and query, of HTTP/1.1 what the request line holds.
    pub target: String,
    /// `:authority` of HTTP/2.
    pub authority: Option<String>,
    /// `HTTP/1.1` or `HTTP/2.0`.
    pub version: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The number of its connection, from 0.
    pub connection: usize,
}

impl SeenRequest {
    pub(super) fn of(parts: &Parts, connection: usize) -> Self {
        let is_http2 = parts.version == http::Version::HTTP_2;
        let path_and_query = parts.uri.path_and_query().map(ToString::to_string);
        Self {
            method: parts.method.to_string(),
            target: match path_and_query {
                Some(target) if is_http2 => target,
                _ => parts.uri.to_string(),
            },
            authority: parts.uri.authority().map(ToString::to_string),
            version: format!("{:?}", parts.version),
            headers: parts
                .headers
                .iter()
                .map(|(name, value)| {
                    let value = String::from_utf8_lossy(value.as_bytes());
                    (name.to_string(), value.into_owned())
                })
                .collect(),
            connection,
        }
    }

    /// The only value of a header.
    ///
    /// # Panics
    /// When the header was sent twice.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let values = self.header_values(name);
        assert!(values.len() < 2, "{name} was sent twice: {values:?}");
        values.first().copied()
    }

    /// All values of a header.
    #[must_use]
    pub fn header_values(&self, name: &str) -> Vec<&str> {
        let headers = self.headers.iter();
        headers
            .filter(|(given, _)| given == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }
}

/// What a server has seen and done so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Record(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) requests: Vec<SeenRequest>,
    pub(super) connections: usize,
    pub(super) open_connections: usize,
    pub(super) bytes_sent: u64,
    pub(super) bytes_received: u64,
}

impl Record {
    pub(super) fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
