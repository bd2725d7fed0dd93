//! Reads the input of a prediction from an HTTP body, as TorchServe's clients send it.

use bytes::Bytes;
use http::HeaderValue;
use http_body::Body;
use http_body_util::BodyDataStream;
use multer::{Constraints, Multipart, SizeLimit};
use thiserror::Error;

use crate::http::{
    body::BoxError,
    request_body::{RequestBodyError, check_announced, collect},
};

/// Reads the input of a request: the whole body (`curl -T 3.png`), or the field `data` of a
/// `multipart/form-data` body (`curl -F data=@3.png`).
///
/// At most `limit_bytes` of the body are read, whatever its `Content-Length` is; if that is more,
/// nothing is read.
///
/// # Errors
///
/// [`UploadError`]; the rest of the body is unread then.
pub(crate) async fn read_upload<B>(
    content_type: Option<&HeaderValue>,
    body: B,
    limit_bytes: usize,
) -> Result<Bytes, UploadError>
where
    B: Body<Data = Bytes> + Send,
    B::Error: Into<BoxError>,
{
    match content_type.filter(|value| is_multipart(value)) {
        Some(content_type) => {
            check_announced(&body, limit_bytes)?;
            read_field(content_type, body, limit_bytes).await
        }
        None => Ok(collect(body, limit_bytes).await?),
    }
}

/// A body that contains no input.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum UploadError {
    /// It cannot be read completely.
    #[error(transparent)]
    Body(#[from] RequestBodyError),
    /// A form without the field. HTTP 400.
    #[error("the multipart body has no field \"{FIELD}\"")]
    NoField,
    /// A form that violates RFC 7578. HTTP 400.
    #[error("the multipart body is malformed: {source}")]
    Multipart {
        /// The error of the parser.
        source: multer::Error,
    },
}

fn is_multipart(content_type: &HeaderValue) -> bool {
    let kind = content_type
        .as_bytes()
        .split(|&byte| byte == b';')
        .next()
        .unwrap_or_default();
    kind.trim_ascii()
        .eq_ignore_ascii_case(b"multipart/form-data")
}

async fn read_field<B>(
    content_type: &HeaderValue,
    body: B,
    limit_bytes: usize,
) -> Result<Bytes, UploadError>
where
    B: Body<Data = Bytes> + Send,
    B::Error: Into<BoxError>,
{
    let explain = |error| match error {
        multer::Error::StreamSizeExceeded { .. } => {
            RequestBodyError::TooLarge { limit_bytes }.into()
        }
        multer::Error::StreamReadFailed(source) => {
            RequestBodyError::new(source, limit_bytes).into()
        }
        source => UploadError::Multipart { source },
    };
    let boundary = multer::parse_boundary(String::from_utf8_lossy(content_type.as_bytes()))
        .map_err(explain)?;
    let limit = SizeLimit::new().whole_stream(limit_bytes as u64);
    let constraints = Constraints::new().size_limit(limit);
    let mut form = Multipart::with_constraints(BodyDataStream::new(body), boundary, constraints);
    while let Some(field) = form.next_field().await.map_err(explain)? {
        if field.name() == Some(FIELD) {
            return field.bytes().await.map_err(explain);
        }
    }
    Err(UploadError::NoField)
}

const FIELD: &str = "data";

#[cfg(test)]
mod tests;
