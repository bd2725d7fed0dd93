//! A text that several responses share, so that clients that do not take it do not multiply it.

use std::time::{Duration, Instant};

use bytes::Bytes;
use parking_lot::Mutex;

/// How old a text may become while a response still holds it.
const AGE_MAX: Duration = Duration::from_secs(1);

/// The last text that was made. It is made anew for each response, as long as clients take it; what one of
/// them leaves lying is given to others for a second.
#[derive(Debug, Default)]
pub(crate) struct SharedText(Mutex<Option<(Instant, Bytes)>>);

impl SharedText {
    /// The last text, if a response still holds it and it is recent.
    pub(crate) fn held(&self, now: Instant) -> Option<Bytes> {
        let mut last = self.0.lock();
        if last.as_ref().is_some_and(|(_, text)| text.is_unique()) {
            *last = None;
        }
        let (made, text) = last.as_ref()?;
        (now.saturating_duration_since(*made) < AGE_MAX).then(|| text.clone())
    }

    /// Keeps a text that was made now.
    pub(crate) fn keep(&self, text: Bytes, now: Instant) -> Bytes {
        *self.0.lock() = Some((now, text.clone()));
        text
    }
}

#[cfg(test)]
mod tests;
