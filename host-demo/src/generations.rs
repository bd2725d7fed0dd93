//! Which plugins serve: one generation after another, without a moment in between.

pub(crate) mod draining;
pub(crate) mod reload;
pub(crate) mod watch;
