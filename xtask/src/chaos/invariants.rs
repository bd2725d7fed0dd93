//! What must be true whenever the server is left alone.

use std::{
    io, thread,
    time::{Duration, Instant},
};

use super::{
    load::is_admitted,
    server::{Served, broken},
};
use crate::{error::TaskError, http};

/// A server that was disturbed may need a moment.
const SETTLED_WITHIN: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);
/// Dead keys that are tried here; the load tries all.
const DEAD_TRIED: usize = 4;

/// Checks each.
///
/// # Errors
/// The first that is broken.
pub(super) fn check(served: &Served, dead: &[String]) -> Result<(), TaskError> {
    let Served {
        inference,
        management,
        keys,
    } = served;
    let with = |address, path, key: &str| {
        let key = key.to_owned();
        move || http::get(address, path, Some(&key)).map(|answer| answer.status)
    };
    answers(
        with(*inference, "/predictions/none", &keys.inference),
        is_admitted,
        "the inference key",
    )?;
    answers(
        with(*management, "/models", &keys.management),
        is_admitted,
        "the management key",
    )?;
    let denied = |status| status == 400;
    answers(
        with(*management, "/models", &keys.inference),
        denied,
        "the inference key at the management API",
    )?;
    for key in dead.iter().rev().take(DEAD_TRIED) {
        answers(
            with(*inference, "/predictions/none", key),
            denied,
            "a dead key",
        )?;
        answers(with(*management, "/models", key), denied, "a dead key")?;
    }
    Ok(())
}

/// Waits for an answer; the first must be right.
fn answers(
    ask: impl Fn() -> io::Result<u16>,
    is_right: impl Fn(u16) -> bool,
    what: &str,
) -> Result<(), TaskError> {
    let begin = Instant::now();
    loop {
        match ask() {
            Ok(status) if is_right(status) => return Ok(()),
            Ok(status) => return Err(broken(format!("{what}: {status}"))),
            Err(error) if begin.elapsed() > SETTLED_WITHIN => {
                return Err(broken(format!("{what}: {error}")));
            }
            Err(_) => thread::sleep(POLL),
        }
    }
}
