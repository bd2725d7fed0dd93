use std::time::{Duration, UNIX_EPOCH};

use super::*;

#[test]
fn a_clock_that_is_far_off_aborts_startup() {
    let year_10000 = UNIX_EPOCH + Duration::from_secs(253_402_300_800);

    for off in [UNIX_EPOCH - Duration::from_secs(1), year_10000] {
        assert!(matches!(check_clock(off), Err(StartError::Clock)));
    }
    assert!(check_clock(SystemTime::now()).is_ok());
}
