//! An HTTP body to the bytes of an image, as TorchServe's clients send it.

use bytes::Bytes;
use http::HeaderValue;
use http_body::Body;
use http_body_util::{BodyDataStream, BodyExt as _, LengthLimitError, Limited};
use multer::{Constraints, Multipart, SizeLimit};
use thiserror::Error;

use crate::http::body::BoxError;

/// Reads the image of a request: the whole body (`curl -T 3.png`), or the field `data` of a
/// `multipart/form-data` body (`curl -F data=@3.png`).
///
/// At most `limit_bytes` of the body are read, whatever its `Content-Length` says; of a body that
/// announces more nothing is read.
///
/// # Errors
///
/// [`UploadError`]; the rest of the body is unread then.
pub(crate) async fn read_image<B>(
    content_type: Option<&HeaderValue>,
    body: B,
    limit_bytes: usize,
) -> Result<Bytes, UploadError>
where
    B: Body<Data = Bytes> + Send,
    B::Error: Into<BoxError>,
{
    if body.size_hint().lower() > limit_bytes as u64 {
        return Err(UploadError::TooLarge { limit_bytes });
    }
    match content_type.filter(|value| is_multipart(value)) {
        Some(content_type) => read_field(content_type, body, limit_bytes).await,
        None => match Limited::new(body, limit_bytes).collect().await {
            Ok(collected) => Ok(collected.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => {
                Err(UploadError::TooLarge { limit_bytes })
            }
            Err(source) => Err(UploadError::Read { source }),
        },
    }
}

/// A body that no image can be read from.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum UploadError {
    /// Over `max_request_size`. HTTP 413.
    #[error("the request body is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// A form without the field. HTTP 400.
    #[error("the multipart body has no field \"{FIELD}\"")]
    NoField,
    /// A form that breaks RFC 7578. HTTP 400.
    #[error("the multipart body is malformed: {source}")]
    Multipart {
        /// What the parser said.
        source: multer::Error,
    },
    /// The client broke off. HTTP 400.
    #[error("the request body cannot be read")]
    Read {
        /// What the connection said.
        source: BoxError,
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
        multer::Error::StreamSizeExceeded { .. } => UploadError::TooLarge { limit_bytes },
        multer::Error::StreamReadFailed(source) => UploadError::Read { source },
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
