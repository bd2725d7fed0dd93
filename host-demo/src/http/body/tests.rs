use std::collections::VecDeque;

use http::HeaderMap;

use super::*;

/// A body of given frames.
struct Frames(VecDeque<Result<Frame<Bytes>, &'static str>>);

impl Body for Frames {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        Poll::Ready(self.0.pop_front())
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(5)
    }
}

fn data(text: &'static str) -> Frame<Bytes> {
    Frame::data(Bytes::from_static(text.as_bytes()))
}

fn next(body: &mut ResponseBody) -> Option<Result<Frame<Bytes>, BoxError>> {
    let mut context = Context::from_waker(std::task::Waker::noop());
    match Pin::new(body).poll_frame(&mut context) {
        Poll::Ready(frame) => frame,
        Poll::Pending => panic!("the body has a frame or has ended"),
    }
}

#[test]
fn bytes_in_memory_are_one_frame_of_known_length() {
    let mut body = ResponseBody::from("bytes");
    assert_eq!(body.size_hint().exact(), Some(5));
    assert!(!body.is_end_stream());

    let frame = next(&mut body).unwrap().unwrap();

    assert_eq!(frame.into_data().unwrap(), "bytes");
    assert!(body.is_end_stream());
    assert!(next(&mut body).is_none());
}

#[test]
fn no_bytes_are_no_frame() {
    let mut body = ResponseBody::default();
    assert_eq!(body.size_hint().exact(), Some(0));
    assert!(body.is_end_stream());
    assert!(next(&mut body).is_none());
}

#[test]
fn a_stream_passes_its_frames_its_trailers_and_its_length() {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-checksum", "1".parse().unwrap());
    let frames = [data("ab"), data("cde"), Frame::trailers(trailers.clone())];
    let mut body = ResponseBody::stream(Frames(frames.into_iter().map(Ok).collect()));
    assert_eq!(body.size_hint().exact(), Some(5));
    assert!(!body.is_end_stream());

    assert_eq!(next(&mut body).unwrap().unwrap().into_data().unwrap(), "ab");
    assert_eq!(
        next(&mut body).unwrap().unwrap().into_data().unwrap(),
        "cde"
    );
    let last = next(&mut body).unwrap().unwrap();
    assert_eq!(last.into_trailers().unwrap(), trailers);
    assert!(next(&mut body).is_none());
}

#[test]
fn a_stream_that_fails_passes_its_error() {
    let frames = [Ok(data("ab")), Err("the upstream failed")];
    let mut body = ResponseBody::stream(Frames(frames.into_iter().collect()));
    next(&mut body).unwrap().unwrap();

    let error = next(&mut body).unwrap().unwrap_err();

    assert_eq!(error.to_string(), "the upstream failed");
}

#[test]
fn debug_shows_no_content() {
    let full = ResponseBody::from("secret");
    let stream = ResponseBody::stream(Frames(VecDeque::new()));
    assert_eq!(format!("{full:?}"), "ResponseBody(6 bytes)");
    assert_eq!(format!("{stream:?}"), "ResponseBody(stream)");
}
