//! Which events become lines of the log.

use tracing::{Level, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Registry,
    filter::Targets,
    fmt::MakeWriter,
    layer::SubscriberExt,
    reload::{self, Handle},
};

use super::{level::LogLevel, line::LineFormat};

/// The target of what an auditor asks for later.
pub(crate) const AUDIT: &str = "audit";

/// Sets the level of a log while it is written. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct LevelSwitch(Handle<Targets, Registry>);

impl LevelSwitch {
    /// From now on the events of this level and above are logged.
    pub(crate) fn set(&self, level: LogLevel) {
        if let Err(error) = self.0.reload(targets(level)) {
            tracing::error!("the level of the log cannot be changed: {error}");
        }
    }

    /// One without a log.
    #[cfg(fuzzing)]
    pub(crate) fn unconnected() -> Self {
        let (_, handle) = reload::Layer::new(targets(LogLevel::default()));
        Self(handle)
    }
}

/// Writes the events of this level and above to `writer`, until the level is set to another one.
pub(super) fn subscriber<W>(
    format: LineFormat,
    level: LogLevel,
    writer: W,
) -> (impl Subscriber + Send + Sync, LevelSwitch)
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let (targets, handle) = reload::Layer::new(targets(level));
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        // The error report would use a macro that panics when standard error is closed.
        .log_internal_errors(false)
        .event_format(format)
        .with_writer(writer);
    let subscriber = tracing_subscriber::registry().with(targets).with(lines);
    (subscriber, LevelSwitch(handle))
}

fn targets(level: LogLevel) -> Targets {
    let level = level.filter();
    // Libraries may log whole requests below WARN, keys included.
    Targets::new()
        .with_default(level.min(LevelFilter::from_level(Level::WARN)))
        .with_target("host_demo", level)
        .with_target(AUDIT, level)
}

#[cfg(test)]
mod tests;
