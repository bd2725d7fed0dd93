//! Times that can be written, whatever the clock shows.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, FixedOffset, Local, Utc};

#[cfg(test)]
mod tests;

/// 9999-12-30T23:59:59Z: in the year 9999 in every time zone.
const LAST: Duration = Duration::from_secs(253_402_214_399);

/// Now, in the local time zone.
pub(super) fn now() -> DateTime<FixedOffset> {
    local(SystemTime::now())
}

/// A time in UTC. One that is not within the years 1970 to 9999, for which texts have no form, becomes
/// the nearest that is.
pub(crate) fn utc(time: SystemTime) -> DateTime<Utc> {
    let since_1970 = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let since_1970 = since_1970.min(LAST);
    let seconds = i64::try_from(since_1970.as_secs()).unwrap_or_default();
    DateTime::from_timestamp(seconds, since_1970.subsec_nanos()).unwrap_or_default()
}

/// Whether [`utc`] does not change it.
pub(crate) fn is_in_range(time: SystemTime) -> bool {
    time.duration_since(UNIX_EPOCH)
        .is_ok_and(|since_1970| since_1970 <= LAST)
}

fn local(time: SystemTime) -> DateTime<FixedOffset> {
    utc(time).with_timezone(&Local).fixed_offset()
}
