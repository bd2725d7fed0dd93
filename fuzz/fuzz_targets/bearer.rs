//! A key is read from `Authorization` as a second, plain reading of the grammar reads it, and several
//! headers are never one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plugin_api::{AUTHORIZATION_BYTES_MAX, BearerError, testing::TestRequest};

fuzz_target!(|value: &[u8]| {
    let request = TestRequest::get("/").with_header("authorization", value);
    let found = request.as_request().bearer_token();
    assert_eq!(found, read(value));

    let twice = request.with_header("Authorization", value);
    assert_eq!(
        twice.as_request().bearer_token(),
        Err(BearerError::Repeated)
    );
});

fn read(value: &[u8]) -> Result<&[u8], BearerError> {
    if value.len() > AUTHORIZATION_BYTES_MAX {
        return Err(BearerError::TooLong);
    }
    let mut parts = value.splitn(2, |&byte| byte == b' ');
    let (scheme, rest) = (parts.next().unwrap_or_default(), parts.next());
    let key = rest.unwrap_or_default();
    let spaces = key.iter().take_while(|&&byte| byte == b' ').count();
    let key = &key[spaces..];
    let is_key = !key.is_empty() && key.iter().all(|byte| (0x21..=0x7e).contains(byte));
    if scheme.eq_ignore_ascii_case(b"bearer") && is_key {
        Ok(key)
    } else {
        Err(BearerError::Malformed)
    }
}
