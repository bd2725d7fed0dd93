//! Reads the input of a prediction from an HTTP body, as TorchServe's clients send it.

use bytes::Bytes;
use http::HeaderValue;
use http_body::Body;
use http_body_util::BodyDataStream;
use multer::Multipart;
use thiserror::Error;

use crate::http::{
    body::BoxError,
    body_buffer::BodyBuffer,
    request_body::{BodyLimits, LimitedBody, RequestBodyError, collect},
};

/// Reads the input of a request: the whole body (`curl -T 3.png`), or the field `data` of a
/// `multipart/form-data` body (`curl -F data=@3.png`).
///
/// No more than the limit is read, whatever its `Content-Length` is; if that is more, nothing is read.
///
/// # Errors
///
/// [`UploadError`]; the rest of the body is unread then.
pub(crate) async fn read_upload<B>(
    content_type: Option<&HeaderValue>,
    body: B,
    limits: &BodyLimits,
) -> Result<Bytes, UploadError>
where
    B: Body<Data = Bytes> + Send,
    B::Error: Into<BoxError>,
{
    match content_type.filter(|value| is_multipart(value)) {
        Some(content_type) => {
            let field = async |body: LimitedBody<'_, B>| {
                read_field(content_type, body, limits.bytes_max).await
            };
            limits.read(body, field).await
        }
        None => Ok(collect(body, limits).await?),
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
    body: LimitedBody<'_, B>,
    limit_bytes: usize,
) -> Result<Bytes, UploadError>
where
    B: Body<Data = Bytes> + Send,
    B::Error: Into<BoxError>,
{
    let explain = |error| match error {
        multer::Error::StreamReadFailed(source) => {
            RequestBodyError::new(source, limit_bytes).into()
        }
        source => UploadError::Multipart { source },
    };
    let boundary = multer::parse_boundary(String::from_utf8_lossy(content_type.as_bytes()))
        .map_err(explain)?;
    let mut form = Multipart::new(BodyDataStream::new(body), boundary);
    while let Some(mut field) = form.next_field().await.map_err(explain)? {
        if field.name() != Some(FIELD) {
            continue;
        }
        let mut content = BodyBuffer::new();
        while let Some(piece) = field.chunk().await.map_err(explain)? {
            content.push(&piece).map_err(RequestBodyError::NoRoom)?;
        }
        return Ok(content.into_bytes());
    }
    Err(UploadError::NoField)
}

const FIELD: &str = "data";

#[cfg(test)]
mod tests;
