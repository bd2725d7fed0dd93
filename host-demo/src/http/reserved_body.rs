//! A body whose bytes are counted in a budget as they arrive.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use super::{body::BoxError, byte_budget::Reservation};

/// The same body, which fails with [`BudgetExhausted`](super::byte_budget::BudgetExhausted) where there is
/// no room for what arrived. Its reader keeps the reservation for as long as it keeps the bytes.
#[derive(Debug)]
pub(crate) struct ReservedBody<'r, B> {
    body: B,
    reservation: &'r mut Reservation,
    received_bytes: usize,
}

impl<'r, B> ReservedBody<'r, B> {
    pub(crate) const fn new(body: B, reservation: &'r mut Reservation) -> Self {
        Self {
            body,
            reservation,
            received_bytes: 0,
        }
    }
}

impl<B> Body for ReservedBody<'_, B>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            let received = self.received_bytes.saturating_add(data.len());
            self.received_bytes = received;
            if let Err(exhausted) = self.reservation.grow_to(received) {
                return Poll::Ready(Some(Err(exhausted.into())));
            }
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
