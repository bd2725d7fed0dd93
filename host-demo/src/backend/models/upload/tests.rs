use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::HeaderValue;
use http_body::{Body, Frame, SizeHint};
use proptest::prelude::*;

use super::{UploadError, read_upload};
use crate::{
    http::{
        byte_budget::ByteBudget,
        request_body::{BodyLimits, RequestBodyError},
    },
    telemetry::metrics::BufferedBytes as _,
};

const LIMIT_BYTES: usize = 1000;

/// A body of given chunks that counts how many are read.
#[derive(Default)]
struct Chunks {
    chunks: VecDeque<Result<Bytes, io::Error>>,
    announced: Option<u64>,
    taken_bytes: Arc<AtomicUsize>,
}

impl Chunks {
    fn of(body: &[u8], chunk_bytes: usize) -> Self {
        let chunks = body
            .chunks(chunk_bytes)
            .map(|chunk| Ok(Bytes::copy_from_slice(chunk)));
        Self {
            chunks: chunks.collect(),
            ..Self::default()
        }
    }
}

impl Body for Chunks {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let chunk = self.chunks.pop_front();
        if let Some(Ok(chunk)) = &chunk {
            self.taken_bytes.fetch_add(chunk.len(), Ordering::Relaxed);
        }
        Poll::Ready(chunk.map(|chunk| chunk.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        self.announced
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

fn read(content_type: Option<&str>, body: Chunks) -> Result<Bytes, UploadError> {
    let content_type = content_type.map(|value| HeaderValue::from_str(value).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let limits = BodyLimits {
        bytes_max: LIMIT_BYTES,
        time_max: Duration::from_secs(300),
        budget: ByteBudget::new(LIMIT_BYTES),
    };
    let read = runtime.block_on(read_upload(content_type.as_ref(), body, &limits));
    if read.is_err() {
        assert_eq!(limits.budget.used(), 0);
    }
    read
}

fn form(fields: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, content) in fields {
        let head = format!(
            "--xyz\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"3.png\"\r\n\
             Content-Type: image/png\r\n\r\n"
        );
        body.extend(head.as_bytes());
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(b"--xyz--\r\n");
    body
}

const FORM: Option<&str> = Some("multipart/form-data; boundary=xyz");

#[test]
fn a_raw_body_is_the_image_whatever_its_type() {
    for content_type in [
        None,
        Some("image/png"),
        Some("application/octet-stream"),
        Some("\t;"),
    ] {
        assert_eq!(
            read(content_type, Chunks::of(b"image", 2)).unwrap(),
            "image"
        );
    }
    assert_eq!(read(None, Chunks::default()).unwrap(), "");
}

#[test]
fn the_field_data_of_a_form_is_the_image() {
    let body = form(&[
        ("comment", b"a three"),
        ("data", b"\r\n--xy image"),
        ("more", b"x"),
    ]);
    for content_type in [
        "multipart/form-data; boundary=xyz",
        "Multipart/Form-Data;charset=utf-8; boundary=\"xyz\"",
    ] {
        for chunk_bytes in [1, 7, 1000] {
            let image = read(Some(content_type), Chunks::of(&body, chunk_bytes)).unwrap();
            assert_eq!(image, "\r\n--xy image");
        }
    }
}

#[test]
fn a_body_of_exactly_the_limit_is_accepted() {
    assert_eq!(
        read(None, Chunks::of(&[b'x'; LIMIT_BYTES], 100))
            .unwrap()
            .len(),
        LIMIT_BYTES
    );
}

#[test]
fn a_body_over_the_limit_is_refused_and_not_read_to_its_end() {
    let large_form = form(&[("data", &[b'x'; 100_000])]);
    let unwanted_form = form(&[("other", &[b'x'; 100_000]), ("data", b"image")]);
    let raw = vec![b'x'; 100_000];
    for (content_type, body) in [(None, raw), (FORM, large_form), (FORM, unwanted_form)] {
        let body = Chunks::of(&body, 100);
        let taken_bytes = Arc::clone(&body.taken_bytes);
        let error = read(content_type, body).unwrap_err();
        assert!(
            matches!(
                error,
                UploadError::Body(RequestBodyError::TooLarge {
                    limit_bytes: LIMIT_BYTES
                })
            ),
            "{error}"
        );
        assert!(taken_bytes.load(Ordering::Relaxed) <= LIMIT_BYTES + 100);
    }
}

#[test]
fn a_body_that_announces_too_much_is_not_read() {
    for content_type in [None, FORM] {
        let body = Chunks {
            announced: Some(1001),
            ..Chunks::of(&[b'x'; 1001], 1)
        };
        let taken_bytes = Arc::clone(&body.taken_bytes);
        assert!(matches!(
            read(content_type, body),
            Err(UploadError::Body(RequestBodyError::TooLarge { .. }))
        ));
        assert_eq!(taken_bytes.load(Ordering::Relaxed), 0);
    }
}

#[test]
fn a_form_without_the_field_is_an_error() {
    let error = read(FORM, Chunks::of(&form(&[("image", b"image")]), 50)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the multipart body has no field \"data\""
    );
}

#[test]
fn a_malformed_form_is_an_error_with_the_reason() {
    let whole = form(&[("data", b"image")]);
    let cut = &whole[..whole.len() - 12];
    for (content_type, body, text) in [
        ("multipart/form-data", &whole[..], "boundary"),
        ("multipart/form-data; boundary=other", &whole, "incomplete"),
        ("multipart/form-data; boundary=xyz", cut, "incomplete"),
        (
            "multipart/form-data; boundary=xyz",
            b"--xyz\r\n\x01: \x02\r\n\r\n",
            "header",
        ),
        ("multipart/form-data; boundary=xyz", b"", "incomplete"),
    ] {
        let error = read(Some(content_type), Chunks::of(body, 10)).unwrap_err();
        assert!(matches!(error, UploadError::Multipart { .. }), "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
}

#[test]
fn a_client_that_closes_early_is_not_reported_as_a_malformed_form() {
    let whole = form(&[("data", b"image")]);
    for content_type in [None, FORM] {
        let mut body = Chunks::of(&whole[..20], 10);
        body.chunks
            .push_back(Err(io::ErrorKind::ConnectionReset.into()));
        let error = read(content_type, body).unwrap_err();
        assert!(
            matches!(
                error,
                UploadError::Body(RequestBodyError::Incomplete { .. })
            ),
            "{error}"
        );
    }
}

proptest! {
    #[test]
    fn no_form_returns_more_than_the_limit(
        body in prop::collection::vec(any::<u8>(), 0..2000),
        headed in any::<bool>(),
        chunk_bytes in 1usize..500,
    ) {
        let mut bytes = if headed { form(&[("data", b"")]) } else { Vec::new() };
        bytes.truncate(bytes.len().saturating_sub(11));
        bytes.extend(&body);
        if let Ok(image) = read(FORM, Chunks::of(&bytes, chunk_bytes)) {
            prop_assert!(image.len() <= LIMIT_BYTES);
        }
    }
}
