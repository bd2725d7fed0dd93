//! The bodies of requests and responses: JSON, and after it the tensors that are sent as bytes.

use bytes::Bytes;

/// The body of an inference request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::backend::models) struct InferenceBody {
    bytes: Bytes,
    /// At most the length of `bytes`.
    json_bytes: usize,
}

/// The body of an inference response.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::backend::models) struct RenderedResponse {
    pub(in crate::backend::models) body: Vec<u8>,
    /// How much of it is JSON; none if all of it is.
    pub(in crate::backend::models) json_bytes: Option<usize>,
}

impl InferenceBody {
    /// A body that is JSON to its end.
    pub(in crate::backend::models) const fn json(bytes: Bytes) -> Self {
        let json_bytes = bytes.len();
        Self { bytes, json_bytes }
    }

    /// A body that begins with JSON of this length; none if it is shorter.
    pub(in crate::backend::models) fn with_json_bytes(
        bytes: Bytes,
        json_bytes: usize,
    ) -> Option<Self> {
        (json_bytes <= bytes.len()).then_some(Self { bytes, json_bytes })
    }

    /// The JSON, and the bytes after it.
    pub(super) fn parts(&self) -> (&[u8], &[u8]) {
        self.bytes
            .split_at_checked(self.json_bytes)
            .unwrap_or_default()
    }
}
