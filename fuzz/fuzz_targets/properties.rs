//! A configuration file: every error names a line of it, every entry is on its line, and what is read can be
//! written so that it is read again.
#![no_main]

use host_demo::fuzzing::config::properties;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let lines = text.replace("\r\n", "\n").split(['\n', '\r']).count();
    let entries = match properties(text) {
        Ok(entries) => entries,
        Err((line, problem)) => {
            assert!((1..=lines).contains(&line), "line {line} of {lines}");
            assert!(!problem.contains('\n'));
            return;
        }
    };
    let mut written = String::new();
    let mut last_line = 0;
    for (key, value, line) in &entries {
        assert!(
            *line > last_line && *line <= lines,
            "line {line} of {lines}"
        );
        last_line = *line;
        written.push_str(&escaped(key));
        written.push('=');
        written.push_str(&escaped(value));
        written.push('\n');
    }
    let again = properties(&written).expect("what is escaped is valid");
    let pairs = |entries: &[(String, String, usize)]| {
        let pairs = entries.iter();
        pairs
            .map(|(key, value, _)| (key.clone(), value.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(pairs(&again), pairs(&entries), "{written}");
});

/// Every character as `\uXXXX`.
fn escaped(text: &str) -> String {
    text.encode_utf16()
        .map(|unit| format!("\\u{unit:04x}"))
        .collect()
}
