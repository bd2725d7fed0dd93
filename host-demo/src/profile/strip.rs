use http::HeaderName;

/// Request headers that change what a call means at the upstream.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct StrippedHeaders(Vec<Name>);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Name {
    Exact(Box<str>),
    Prefix(Box<str>),
}

impl StrippedHeaders {
    /// Adds `name`, or all that begin with `name` if `*` follows. Nothing if it is no header name in
    /// lower case.
    pub(super) fn add(&mut self, text: &str) -> Option<()> {
        let (name, is_prefix) = match text.strip_suffix('*') {
            Some(prefix) => (prefix, true),
            None => (text, false),
        };
        let parsed = HeaderName::from_bytes(name.as_bytes()).ok()?;
        if parsed.as_str() != name {
            return None;
        }
        self.0.push(if is_prefix {
            Name::Prefix(name.into())
        } else {
            Name::Exact(name.into())
        });
        Some(())
    }

    /// Whether a client's header of this name must not reach the upstream.
    pub(super) fn contains(&self, header: &HeaderName) -> bool {
        let header = header.as_str();
        self.0.iter().any(|name| match name {
            Name::Exact(name) => **name == *header,
            Name::Prefix(prefix) => header.starts_with(&**prefix),
        })
    }
}
