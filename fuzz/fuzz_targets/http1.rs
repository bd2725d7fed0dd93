//! A connection of any bytes that do not have the key, over HTTP/1.1 or HTTP/2: nothing that needs a key is
//! called, and the connection ends.
#![no_main]

use fuzz::{
    gateway::{Ending, exchange, guarded_calls, hidden_permits, pieces},
    input::Input,
};
use libfuzzer_sys::fuzz_target;

// How the client ends, the length of the pieces, and the bytes.
fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let ending = *input.choose(&[Ending::Wait, Ending::HalfClose, Ending::Drop]);
    let piece_bytes = 1 + 16 * usize::from(input.byte());
    let pieces = pieces(input.rest(), piece_bytes);
    exchange(&pieces, ending);
    assert_eq!((guarded_calls(), hidden_permits()), (0, 0));
});
