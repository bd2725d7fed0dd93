//! The path of a request is read in one way: an accepted path holds nothing that another server could take
//! for another path, is the same when it is decoded again by an independent decoder, and a profile gives no
//! spelling of a path a class that the decoded path does not have.
#![no_main]

use std::sync::LazyLock;

use host_demo::{
    fuzzing::http::{segments, target_path},
    profile::{Call, CallKind, Class, Profile},
};
use http::Method;
use libfuzzer_sys::fuzz_target;

static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    let profiles = Profile::names().map(|name| Profile::named(name).expect("a built-in profile"));
    profiles.collect()
});

fuzz_target!(|raw: &str| {
    let Some(path) = target_path(raw) else {
        return;
    };
    assert!(path.starts_with('/') && !path.contains("//"), "{path:?}");
    assert!(!path.contains('\\') && !path.bytes().any(|byte| byte.is_ascii_control()));
    let segments = segments(raw).expect("a path that was accepted");
    assert!(
        !segments
            .iter()
            .any(|segment| segment == "." || segment == "..")
    );
    // An escaped slash would be one segment for some servers and two for others.
    assert_eq!(raw.matches('/').count(), path.matches('/').count());
    assert_eq!(decoded(raw.as_bytes()), path.as_bytes());
    if !raw.contains('%') {
        assert_eq!(path, raw);
        assert_eq!(target_path(&path).as_deref(), Some(raw));
    }
    for profile in PROFILES.iter() {
        for kind in [CallKind::Plain, CallKind::Grpc, CallKind::WebSocket] {
            let class = |path| {
                profile
                    .classify(&Call::new(&Method::POST, path, kind))
                    .class()
            };
            if let Some(class_of_raw) = class(raw).filter(|class| *class != Class::Blocked)
                && let Some(class_of_decoded) = class(&path)
            {
                assert_eq!(class_of_raw, class_of_decoded, "{}: {raw}", profile.name());
            }
        }
    }
});

/// A second reading of percent escapes, of a text whose escapes are complete.
fn decoded(raw: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let value = |digit: u8| char::from(digit).to_digit(16).expect("a digit") as u8;
        if byte == b'%' {
            bytes.push(value(rest[0]) << 4 | value(rest[1]));
            rest = &rest[2..];
        } else {
            bytes.push(byte);
        }
    }
    bytes
}
