use super::*;
use crate::telemetry::line::{json_time, text_time};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn a_time_is_itself() {
    let time = UNIX_EPOCH + Duration::from_millis(1_795_000_000_122);

    assert_eq!(SystemTime::from(utc(time)), time);
    assert!(is_in_range(time));
}

#[test]
fn a_clock_before_1970_shows_its_beginning() {
    let time = UNIX_EPOCH - seconds(1);

    assert_eq!(json_time(&local(time)), "1970-01-01T00:00:00.000Z");
    assert!(!text_time(&local(time)).to_string().is_empty());
    assert!(!is_in_range(time));
}

#[test]
fn a_clock_after_9999_shows_its_end() {
    for late in [
        253_402_300_800,
        253_402_300_800_000,
        i64::MAX.unsigned_abs(),
    ] {
        let time = UNIX_EPOCH + seconds(late);

        assert_eq!(json_time(&local(time)), "9999-12-30T23:59:59.000Z");
        assert!(text_time(&local(time)).to_string().starts_with("9999-"));
        assert!(!is_in_range(time));
    }
}
