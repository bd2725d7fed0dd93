/// A request, written as it is given: nothing is escaped, ordered or checked.
#[derive(Clone, Debug)]
pub struct Request {
    method: String,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

/// GET.
#[must_use]
pub fn get(target: &str) -> Request {
    Request::new("GET", target)
}

/// POST.
#[must_use]
pub fn post(target: &str) -> Request {
    Request::new("POST", target)
}

/// PUT.
#[must_use]
pub fn put(target: &str) -> Request {
    Request::new("PUT", target)
}

/// DELETE.
#[must_use]
pub fn delete(target: &str) -> Request {
    Request::new("DELETE", target)
}

/// OPTIONS.
#[must_use]
pub fn options(target: &str) -> Request {
    Request::new("OPTIONS", target)
}

impl Request {
    /// A request without a key and without a body.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// The same request with `Authorization: Bearer KEY`.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("Authorization", format!("Bearer {key}"))
    }

    /// The same request with an additional header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The same request with another body; its length is sent too.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Whether the response to it has no body whatever its headers say.
    #[must_use]
    pub fn is_head(&self) -> bool {
        self.method == "HEAD"
    }

    /// As it is sent.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// As it is sent.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    pub(crate) fn headers(&self) -> &[(String, Vec<u8>)] {
        &self.headers
    }

    pub(crate) fn content(&self) -> &[u8] {
        &self.body
    }

    /// The bytes that are sent. `Host` is `localhost` unless the request has one.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        let mut names = self.headers.iter().map(|(name, _)| name);
        if !names.any(|name| name.eq_ignore_ascii_case("host")) {
            bytes.extend_from_slice(b"Host: localhost\r\n");
        }
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        if !self.body.is_empty() {
            bytes.extend_from_slice(format!("Content-Length: {}\r\n", self.body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }
}
