//! A response body that reports how the response ended.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use super::{
    body::{BoxError, ResponseBody},
    connection_state::ConnectionState,
    running_request::RunningRequest,
    unsent_data::UnsentData,
};

/// How a response ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Ending {
    /// How much of the body was handed to the connection.
    pub(crate) body_bytes: u64,
    /// Whether that is the whole body. Otherwise the body failed, or the client disconnected.
    pub(crate) is_complete: bool,
}

/// Receives once how a response ended.
pub(crate) trait Observer {
    /// Called when the connection is done with the body.
    fn ended(self, ending: Ending);
}

/// The same body, which reports its end to an observer when the connection drops it.
#[derive(Debug)]
pub(crate) struct ObservedBody<O: Observer> {
    body: ResponseBody,
    ending: Ending,
    connection: Arc<ConnectionState>,
    /// Goes with the last piece, so that the request runs until the client has taken that.
    request: Option<RunningRequest>,
    /// Taken when it is dropped.
    observer: Option<O>,
}

impl<O: Observer> ObservedBody<O> {
    /// `is_sent` is false where HTTP sends no body with the response, such as to HEAD.
    pub(crate) fn new(
        body: ResponseBody,
        is_sent: bool,
        request: RunningRequest,
        observer: O,
    ) -> Self {
        let ending = Ending {
            body_bytes: 0,
            is_complete: !is_sent || body.is_end_stream(),
        };
        Self {
            body,
            ending,
            connection: Arc::clone(request.connection()),
            request: Some(request),
            observer: Some(observer),
        }
    }

    /// A piece of the body on its way to the client.
    fn unsent(&mut self, bytes: Bytes) -> UnsentData {
        let is_last = self.has_no_more();
        let request = self.request.take_if(|_| is_last);
        UnsentData::new(bytes, Arc::clone(&self.connection), request)
    }

    fn has_no_more(&self) -> bool {
        self.body.is_end_stream() || self.body.size_hint().exact() == Some(0)
    }

    fn note(&mut self, frame: Option<&Frame<Bytes>>) {
        let Some(data) = frame.and_then(Frame::data_ref) else {
            // Nothing comes after trailers.
            self.ending.is_complete = true;
            return;
        };
        self.ending.body_bytes += data.len() as u64;
        // A connection does not ask for more than the length that was announced.
        self.ending.is_complete = self.has_no_more();
    }
}

impl<O: Observer + Unpin> Body for ObservedBody<O> {
    type Data = UnsentData;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<UnsentData>, BoxError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context)).transpose();
        if let Ok(frame) = &frame {
            self.note(frame.as_ref());
        }
        let frame = frame.map(|frame| Some(frame?.map_data(|bytes| self.unsent(bytes))));
        Poll::Ready(frame.transpose())
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<O: Observer> Drop for ObservedBody<O> {
    fn drop(&mut self) {
        if let Some(observer) = self.observer.take() {
            observer.ended(self.ending);
        }
    }
}

#[cfg(test)]
mod tests;
