//! A signature of minisign: only the one that was made is accepted, for the bytes that were signed, whatever
//! its comment that is not signed says; and no other text is a key.
#![no_main]

use fuzz::input::Input;
use host_demo::fuzzing::plugins::is_signed;
use libfuzzer_sys::fuzz_target;

const KEY: &str = "RWQLBrNBsumQXiim5kyC3A24iFRx8bBuRcH99UqH/42QUZc3wrGhDbVe";
const SIGNED: &[u8] = b"what was signed\n";
const SIGNATURE: [&str; 3] = [
    "RUQLBrNBsumQXpbHWFg5RcUCPXjV/syasDSOV9rE+m1wa2GFU4YKovctI+ySAmgan1OF3+sn3ny5248oP8hweCfEk68Rh/aHkw8=",
    "trusted comment: file:signed.txt",
    "Vixq5Igp8tofxGXy/ZTJADBuv57AoqlVC6o4ilhJLcp7AiglvgDwYkGw8NtEdz7VE9tKK2jsPwTQCsuGBN8RDg==",
];

// What to vary, and the variation.
fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    match input.byte() % 3 {
        0 => {
            let signature = input.rest();
            if is_signed(KEY, SIGNED, signature).expect("a key") {
                let text = std::str::from_utf8(signature).expect("text");
                let lines: Vec<_> = text.lines().skip(1).take(SIGNATURE.len()).collect();
                assert_eq!(lines, SIGNATURE, "{text}");
            }
        }
        1 => {
            let bytes = input.rest();
            let signature = format!("untrusted comment:\n{}\n", SIGNATURE.join("\n"));
            let is_signed = is_signed(KEY, bytes, signature.as_bytes()).expect("a key");
            assert_eq!(is_signed, bytes == SIGNED);
        }
        _ => {
            let Ok(key) = std::str::from_utf8(input.rest()) else {
                return;
            };
            let signature = format!("untrusted comment:\n{}\n", SIGNATURE.join("\n"));
            if is_signed(key, SIGNED, signature.as_bytes()) == Some(true) {
                assert!(key.contains(KEY), "{key}");
            }
        }
    }
});
