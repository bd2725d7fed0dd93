use std::fmt;

use http::Method;

use super::call_kind::CallKind;

/// A set of the methods that a rule may name. An upgrade to WebSocket counts as a method.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Methods(u8);

const NAMES: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "WEBSOCKET"];

impl Methods {
    const WEBSOCKET: Self = Self(1 << 5);

    /// The method of that name; `HEAD` and `OPTIONS` have no rules of their own.
    pub(super) fn named(name: &str) -> Option<Self> {
        let index = NAMES.iter().position(|known| *known == name)?;
        Some(Self(1 << index))
    }

    /// The names that [`Self::named`] knows.
    pub(super) fn names() -> String {
        NAMES.join(", ")
    }

    /// The method of a request. Nothing is in the set if no rule can name it.
    pub(super) fn of(method: &Method, kind: CallKind) -> Self {
        match (kind, method.as_str()) {
            (CallKind::WebSocket, "GET") => Self::WEBSOCKET,
            (CallKind::Plain, "HEAD") => Self(1),
            // Only an upgrade counts as a web socket.
            (CallKind::Plain, "WEBSOCKET") | (CallKind::WebSocket | CallKind::Grpc, _) => {
                Self::default()
            }
            (CallKind::Plain, name) => Self::named(name).unwrap_or_default(),
        }
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Methods {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (index, name) in NAMES.iter().enumerate() {
            if self.0 & (1 << index) != 0 {
                write!(formatter, "{separator}{name}")?;
                separator = "|";
            }
        }
        Ok(())
    }
}
