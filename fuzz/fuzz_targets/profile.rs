//! A profile of one's own: an error names a line of the file; a profile that is read blocks what it says that
//! it blocks, and forwards nothing by a path that could be read in another way.
#![no_main]

use host_demo::{
    fuzzing::http::target_path,
    profile::{Call, CallKind, Class, Profile},
};
use http::Method;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let profile = match Profile::parse(text, "fuzzed.toml") {
        Ok(profile) => profile,
        Err(error) => {
            assert!(
                (1..=text.split('\n').count()).contains(&error.line),
                "{error}"
            );
            return;
        }
    };
    assert!(!profile.page().is_empty());
    let health = profile.health_path();
    let call = Call::new(&Method::GET, &health, CallKind::Plain);
    assert_eq!(profile.classify(&call).class(), Some(Class::Health));
    for rule in profile.rules() {
        let rule = rule.to_string();
        let Some((_, path)) = rule.split_once(' ') else {
            continue;
        };
        for kind in [CallKind::Plain, CallKind::WebSocket, CallKind::Grpc] {
            for path in [
                path.to_owned(),
                path.replace(['{', '}'], ""),
                format!("/{path}"),
            ] {
                let class = profile
                    .classify(&Call::new(&Method::POST, &path, kind))
                    .class();
                assert!(class.is_none() || target_path(&path).is_some(), "{path}");
            }
        }
    }
});
