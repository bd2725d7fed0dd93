//! What is known of one client's connection while it is open.
//!
//! The thread that serves the connection writes; the accepting thread reads, to choose which connection
//! gives its place to another one. Nothing here takes a lock.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use atomic_waker::AtomicWaker;
use tokio::time::Instant;

use super::{connection_limits::ConnectionLimits, input_end::InputEnd};

/// How a connection is asked to end.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Close {
    /// Running requests are answered, no others are accepted.
    Finish,
    /// At once.
    Abort,
}

/// One connection.
#[derive(Debug)]
pub(crate) struct ConnectionState {
    limits: Arc<ConnectionLimits>,
    opened: Instant,
    /// Milliseconds from `opened` to the last use that a sweep saw.
    used_after: AtomicU64,
    /// Whether a request came with a good key.
    has_permit: AtomicBool,
    /// Requests whose responses the client has not taken yet.
    pub(super) running: AtomicU32,
    /// As many of them with a good key.
    pub(super) running_permitted: AtomicU32,
    /// Goes up with each request that begins or ends, and each piece of a response that is taken.
    uses: AtomicU32,
    /// Requests that were refused before the first good key.
    refused: AtomicU32,
    /// Requests before the first good key whose bodies were not read, of the last second.
    bodies_left: AtomicU32,
    /// Pieces of responses that the client has not taken: those of an older and of a younger set.
    unsent: [AtomicU32; 2],
    /// The index of the younger one.
    young: AtomicU8,
    /// Whether the protocol is HTTP and its requests are served.
    is_serving: AtomicBool,
    /// Whether a head of HTTP/1.1 has begun to arrive.
    is_reading_head: AtomicBool,
    /// Whether the task of the connection may read, while it has shown no good key.
    may_read: AtomicBool,
    /// Whether the client takes no bytes at the moment.
    is_write_blocked: AtomicBool,
    pub(crate) input_end: InputEnd,
    /// Whether the connection has ended, or an upgrade took it over.
    has_ended: AtomicBool,
    close: AtomicU8,
    waker: AtomicWaker,
}

impl ConnectionState {
    pub(crate) fn new(limits: Arc<ConnectionLimits>, opened: Instant) -> Self {
        Self {
            limits,
            opened,
            used_after: AtomicU64::new(0),
            has_permit: AtomicBool::new(false),
            running: AtomicU32::new(0),
            running_permitted: AtomicU32::new(0),
            uses: AtomicU32::new(0),
            refused: AtomicU32::new(0),
            bodies_left: AtomicU32::new(0),
            unsent: Default::default(),
            young: AtomicU8::new(0),
            is_serving: AtomicBool::new(false),
            is_reading_head: AtomicBool::new(false),
            may_read: AtomicBool::new(true),
            is_write_blocked: AtomicBool::new(false),
            input_end: InputEnd::default(),
            has_ended: AtomicBool::new(false),
            close: AtomicU8::new(0),
            waker: AtomicWaker::new(),
        }
    }

    pub(crate) fn limits(&self) -> &Arc<ConnectionLimits> {
        &self.limits
    }

    /// Asks the connection to end. A stricter request replaces a milder one.
    pub(crate) fn close(&self, close: Close) {
        self.close.fetch_max(close.code(), Relaxed);
        self.waker.wake();
    }

    /// How the connection is asked to end, if it is. Otherwise the task is woken when it is.
    pub(crate) fn poll_close(&self, context: &Context<'_>) -> Option<Close> {
        self.waker.register(context.waker());
        Close::of(self.close.load(Relaxed))
    }

    /// Waits until the connection is asked to end, in whichever way.
    pub(crate) async fn closed(&self) {
        std::future::poll_fn(|context| match self.poll_close(context) {
            Some(_) => Poll::Ready(()),
            None => Poll::Pending,
        })
        .await;
    }

    /// Lets HTTP see that the client has ended its sending.
    pub(crate) fn release_input_end(&self) {
        if self.input_end.release() {
            self.wake();
        }
    }

    /// The task that [`wake`](Self::wake) lets run.
    pub(crate) fn wake_later(&self, context: &Context<'_>) {
        self.waker.register(context.waker());
    }

    /// Lets the task of the connection run once more.
    pub(crate) fn wake(&self) {
        self.waker.wake();
    }

    /// Whether it ends at once, whatever its client does.
    pub(crate) fn is_asked_to_abort(&self) -> bool {
        self.close.load(Relaxed) == Close::Abort.code()
    }

    /// From now on the limits of requests apply.
    pub(crate) fn begin_serving(&self) {
        self.is_serving.store(true, Relaxed);
    }

    pub(crate) fn is_serving(&self) -> bool {
        self.is_serving.load(Relaxed)
    }

    /// The connection has ended, or is no longer HTTP.
    pub(crate) fn end(&self) {
        self.has_ended.store(true, Relaxed);
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Relaxed)
    }

    pub(crate) fn has_permit(&self) -> bool {
        self.has_permit.load(Relaxed)
    }

    pub(super) fn set_permit(&self) {
        self.has_permit.store(true, Relaxed);
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running.load(Relaxed) > 0
    }

    /// Whether there is a request with a good key whose response the client does not have yet.
    pub(crate) fn is_running_permitted(&self) -> bool {
        self.running_permitted.load(Relaxed) > 0 || self.has_permit() && self.is_write_blocked()
    }

    /// Notes that a request begins or ends, or that the client took a piece of a response.
    pub(super) fn note_use(&self) {
        self.uses.fetch_add(1, Relaxed);
    }

    /// Differs from an earlier value if the connection was used since.
    pub(crate) fn uses(&self) -> u32 {
        self.uses.load(Relaxed)
    }

    /// Notes that a request was refused before the first good key; whether there were too many.
    pub(super) fn refuse(&self) -> bool {
        self.refused.fetch_add(1, Relaxed) >= self.limits.values.streams_before_key_max
    }

    /// Notes that the body of a request before the first good key is not read; whether there are now
    /// too many.
    pub(super) fn leave_body(&self) -> bool {
        let left = self.bodies_left.fetch_add(1, Relaxed) + 1;
        left == self.limits.values.streams_before_key_max
    }

    pub(crate) fn has_left_too_many_bodies(&self) -> bool {
        self.bodies_left.load(Relaxed) >= self.limits.values.streams_before_key_max
    }

    /// They are long enough ago.
    pub(crate) fn forget_left_bodies(&self) {
        if self.bodies_left.swap(0, Relaxed) > 0 {
            self.wake();
        }
    }

    pub(crate) fn set_reading_head(&self, is_reading_head: bool) {
        self.is_reading_head.store(is_reading_head, Relaxed);
    }

    pub(crate) fn is_reading_head(&self) -> bool {
        self.is_reading_head.load(Relaxed)
    }

    /// The task of the connection runs, and may read once.
    pub(crate) fn give_turn_to_read(&self) {
        self.may_read.store(true, Relaxed);
    }

    /// Whether it has not read yet.
    pub(crate) fn take_turn_to_read(&self) -> bool {
        let may_read = self.may_read.load(Relaxed);
        self.may_read.store(false, Relaxed);
        may_read
    }

    pub(crate) fn set_write_blocked(&self, is_write_blocked: bool) {
        self.is_write_blocked.store(is_write_blocked, Relaxed);
    }

    pub(crate) fn is_write_blocked(&self) -> bool {
        self.is_write_blocked.load(Relaxed)
    }

    /// Counts a piece of a response in the younger set, whose index it gives.
    pub(crate) fn enter_unsent(&self) -> u8 {
        let young = self.young.load(Relaxed);
        self.unsent_of(young).fetch_add(1, Relaxed);
        young
    }

    pub(crate) fn leave_unsent(&self, set: u8) {
        self.unsent_of(set).fetch_sub(1, Relaxed);
        self.note_use();
    }

    /// Whether the older set has pieces that the client has not taken.
    pub(crate) fn has_old_unsent(&self) -> bool {
        self.unsent_of(1 - self.young.load(Relaxed)).load(Relaxed) > 0
    }

    /// Whether there are any.
    pub(crate) fn has_unsent(&self) -> bool {
        self.unsent.iter().any(|set| set.load(Relaxed) > 0)
    }

    /// The younger set becomes the older one, which must be empty.
    pub(crate) fn age_unsent(&self) {
        self.young.store(1 - self.young.load(Relaxed), Relaxed);
    }

    fn unsent_of(&self, set: u8) -> &AtomicU32 {
        let [first, second] = &self.unsent;
        if set == 0 { first } else { second }
    }

    /// When the connection was last used, as far as sweeps saw it.
    pub(crate) fn used_at(&self) -> Instant {
        self.opened + Duration::from_millis(self.used_after.load(Relaxed))
    }

    pub(crate) fn set_used_at(&self, now: Instant) {
        let after = now.saturating_duration_since(self.opened).as_millis();
        self.used_after
            .store(u64::try_from(after).unwrap_or(u64::MAX), Relaxed);
    }
}

impl Close {
    const fn code(self) -> u8 {
        match self {
            Self::Finish => 1,
            Self::Abort => 2,
        }
    }

    const fn of(code: u8) -> Option<Self> {
        match code {
            0 => None,
            1 => Some(Self::Finish),
            _ => Some(Self::Abort),
        }
    }
}

#[cfg(test)]
mod tests;
