//! Requests, whom they are open to, and which upstream they reach.

use integration_tests::{Listener, Request, Response};

use super::{
    caller::Caller,
    front::{Arrangement, Front},
};
use crate::expect::{CALLERS, is_denied};

/// A request of the contract.
#[derive(Clone, Debug)]
pub(super) struct Row {
    listener: Listener,
    request: Request,
    opens: &'static [&'static str],
    reaches: Reaches,
    arrangements: &'static [Arrangement],
}

/// The upstream that an allowed request reaches.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Reaches {
    /// None: the host answers.
    Nothing,
    Inference,
    Management,
}

impl Row {
    /// `opens` is the list of those of [`CALLERS`] that are allowed.
    pub(super) const fn new(
        listener: Listener,
        request: Request,
        opens: &'static [&'static str],
        reaches: Reaches,
    ) -> Self {
        Self {
            listener,
            request,
            opens,
            reaches,
            arrangements: &Arrangement::ALL,
        }
    }

    /// Only where a profile says which key opens what.
    pub(super) const fn by_class(mut self) -> Self {
        self.arrangements = &[Arrangement::ByClass];
        self
    }

    /// Only where the listener says it.
    pub(super) const fn by_listener(mut self) -> Self {
        self.arrangements = &[Arrangement::ByListener];
        self
    }

    /// The request with the key of one of [`CALLERS`].
    fn request_of(&self, caller: &str, front: &Front) -> Request {
        let (request, keys) = (self.request.clone(), front.host.keys());
        match caller {
            "management" => request.key(&keys.management.key),
            "inference" => request.key(&keys.inference.key),
            "api" => request.key(&keys.api),
            _ => request,
        }
    }

    #[track_caller]
    fn check(&self, front: &Front, caller: &mut Caller<'_>) {
        for name in CALLERS {
            let shown = format!(
                "{:?} {:?} {name}: {self:?}",
                front.arrangement, caller.transport
            );
            let before = front.forwarded();
            let response = caller.exchange(self.listener, &self.request_of(name, front));
            let is_allowed = self.opens.contains(&name);
            assert_eq!(!is_denied(&response), is_allowed, "{shown} {response:?}");
            let is_forwarded = is_allowed && self.reaches != Reaches::Nothing;
            let forwarded = front.forwarded() - before;
            assert_eq!(forwarded, usize::from(is_forwarded), "{shown} {response:?}");
            if is_forwarded {
                self.check_forwarded(front, &response, &shown);
            }
        }
    }

    /// The upstream echoes what it got.
    #[track_caller]
    fn check_forwarded(&self, front: &Front, response: &Response, shown: &str) {
        assert_eq!(response.status, 200, "{shown} {response:?}");
        let upstream = match self.reaches {
            Reaches::Management => front.management(),
            Reaches::Inference | Reaches::Nothing => &front.inference,
        };
        let seen = upstream.requests().pop().expect(shown);
        assert_eq!(seen.target, self.request.target(), "{shown}");
        assert_eq!(seen.method, self.request.method(), "{shown}");
        assert_eq!(seen.header("authorization"), None, "{shown}");
    }
}

/// Over each transport of these hosts: who is allowed, and what reaches which upstream.
#[track_caller]
pub(super) fn assert_rows(fronts: &[Front], rows: &[Row]) {
    for front in fronts {
        for mut caller in front.callers() {
            for row in rows {
                if row.arrangements.contains(&front.arrangement) {
                    row.check(front, &mut caller);
                }
            }
        }
    }
}
