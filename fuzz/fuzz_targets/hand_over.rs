//! The state that a token plugin gets from its predecessor: refused, or read completely, so that it is written
//! with the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use token_plugin::fuzzing::decoded_and_encoded;

fuzz_target!(|bytes: &[u8]| {
    if let Some(encoded) = decoded_and_encoded(bytes) {
        assert_eq!(encoded, bytes);
    }
});
