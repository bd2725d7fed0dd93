//! `grpc-timeout`: the time that a second reading computes, or an error; several are none.
#![no_main]

use std::time::Duration;

use host_demo::fuzzing::http::grpc_timeout;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = HeaderValue::from_bytes(bytes) else {
        return;
    };
    let mut headers = HeaderMap::new();
    assert_eq!(grpc_timeout(&headers), Ok(None));
    headers.append("grpc-timeout", value.clone());
    let read = grpc_timeout(&headers);
    assert_eq!(read.ok(), expected(bytes).map(Some));
    headers.append("grpc-timeout", value);
    assert!(grpc_timeout(&headers).is_err());
});

fn expected(bytes: &[u8]) -> Option<Duration> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u32 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(3600) * number,
        "M" => Duration::from_secs(60) * number,
        "S" => Duration::from_secs(1) * number,
        "m" => Duration::from_millis(1) * number,
        "u" => Duration::from_micros(1) * number,
        "n" => Duration::from_nanos(1) * number,
        _ => return None,
    })
}
