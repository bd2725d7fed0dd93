//! Which events become lines of the log.

use tracing::{Level, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{filter::Targets, fmt::MakeWriter, layer::SubscriberExt};

use super::{level::LogLevel, line::LineFormat};

/// The target of what an auditor asks for later.
pub(crate) const AUDIT: &str = "audit";

/// Writes the events of this level and above to `writer`.
pub(super) fn subscriber<W>(
    format: LineFormat,
    level: LogLevel,
    writer: W,
) -> impl Subscriber + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let level = level.filter();
    // Libraries may log whole requests below WARN, keys included.
    let targets = Targets::new()
        .with_default(level.min(LevelFilter::from_level(Level::WARN)))
        .with_target("host_demo", level)
        .with_target(AUDIT, level);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        // The error report would use a macro that panics when standard error is closed.
        .log_internal_errors(false)
        .event_format(format)
        .with_writer(writer);
    tracing_subscriber::registry().with(targets).with(lines)
}

#[cfg(test)]
mod tests;
