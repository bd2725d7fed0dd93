use std::{cell::Cell, rc::Rc};

use http::HeaderMap;

use super::*;
use crate::http::test_support::{channel_body, connection, data};

/// Records how the response ended.
#[derive(Clone, Default)]
struct LastEnding(Rc<Cell<Option<Ending>>>);

impl Observer for LastEnding {
    fn ended(self, ending: Ending) {
        assert_eq!(self.0.replace(Some(ending)), None);
    }
}

fn request() -> RunningRequest {
    RunningRequest::begin(&connection())
}

const fn ending(body_bytes: u64, is_complete: bool) -> Option<Ending> {
    Some(Ending {
        body_bytes,
        is_complete,
    })
}

/// Reads what is available, and drops the body.
fn read(mut body: ObservedBody<LastEnding>) {
    let mut context = Context::from_waker(std::task::Waker::noop());
    while let Poll::Ready(Some(Ok(_))) = Pin::new(&mut body).poll_frame(&mut context) {}
}

#[test]
fn the_end_of_bytes_in_memory_is_reported_once_they_were_taken() {
    let ending_seen = LastEnding::default();
    let mut body = ObservedBody::new("bytes".into(), true, request(), ending_seen.clone());
    let mut context = Context::from_waker(std::task::Waker::noop());
    assert!(Pin::new(&mut body).poll_frame(&mut context).is_ready());
    assert_eq!(ending_seen.0.get(), None);

    drop(body);

    assert_eq!(ending_seen.0.get(), ending(5, true));
}

#[test]
fn bytes_that_were_not_taken_are_cut_off() {
    let ending_seen = LastEnding::default();
    drop(ObservedBody::new(
        "bytes".into(),
        true,
        request(),
        ending_seen.clone(),
    ));
    assert_eq!(ending_seen.0.get(), ending(0, false));
}

#[test]
fn a_response_without_a_body_is_complete() {
    let ending_seen = LastEnding::default();
    drop(ObservedBody::new(
        ResponseBody::default(),
        true,
        request(),
        ending_seen.clone(),
    ));
    assert_eq!(ending_seen.0.get(), ending(0, true));
}

#[test]
fn a_body_that_http_does_not_send_is_complete() {
    let ending_seen = LastEnding::default();
    drop(ObservedBody::new(
        "bytes".into(),
        false,
        request(),
        ending_seen.clone(),
    ));
    assert_eq!(ending_seen.0.get(), ending(0, true));
}

#[test]
fn a_stream_is_complete_at_its_end_and_cut_off_before() {
    for (ends, expected) in [(true, ending(7, true)), (false, ending(7, false))] {
        let ending_seen = LastEnding::default();
        let (frames, body) = channel_body();
        frames.send(Ok(data("one"))).unwrap();
        frames.send(Ok(data("four"))).unwrap();
        let frames = (!ends).then_some(frames);

        read(ObservedBody::new(
            ResponseBody::stream(body),
            true,
            request(),
            ending_seen.clone(),
        ));

        assert_eq!(ending_seen.0.get(), expected);
        drop(frames);
    }
}

#[test]
fn trailers_complete_a_stream() {
    let ending_seen = LastEnding::default();
    let (frames, body) = channel_body();
    frames.send(Ok(data("one"))).unwrap();
    frames.send(Ok(Frame::trailers(HeaderMap::new()))).unwrap();

    read(ObservedBody::new(
        ResponseBody::stream(body),
        true,
        request(),
        ending_seen.clone(),
    ));

    assert_eq!(ending_seen.0.get(), ending(3, true));
    drop(frames);
}

#[test]
fn a_stream_that_fails_is_cut_off() {
    let ending_seen = LastEnding::default();
    let (frames, body) = channel_body();
    frames.send(Ok(data("one"))).unwrap();
    frames.send(Err("the upstream failed".into())).unwrap();
    drop(frames);

    read(ObservedBody::new(
        ResponseBody::stream(body),
        true,
        request(),
        ending_seen.clone(),
    ));

    assert_eq!(ending_seen.0.get(), ending(3, false));
}
