//! The list of plugins that may be loaded: it allows exactly the files that a second reading of `sha256sum`'s
//! format finds.
#![no_main]

use host_demo::fuzzing::plugins::is_allowed;
use libfuzzer_sys::fuzz_target;

const OTHER_DIGEST: &str = "00000000000000000000000000000000000000000000000000000000000000ff";

fuzz_target!(|text: &[u8]| {
    match is_allowed(text, "libtoken_plugin.so", OTHER_DIGEST) {
        Err(error) => {
            let line = error
                .strip_prefix("line ")
                .and_then(|rest| rest.split_once(':'));
            let line: usize = line.expect("a line").0.parse().expect("a number");
            assert!((1..=text.split(|&byte| byte == b'\n').count()).contains(&line));
        }
        Ok(is_allowed_at_all) => {
            let listed = listed(text);
            let is_listed = |name: &str, digest: &str| {
                listed
                    .iter()
                    .any(|(one, other)| one == digest && other == name)
            };
            assert_eq!(
                is_allowed_at_all,
                is_listed("libtoken_plugin.so", OTHER_DIGEST)
            );
            for (digest, name) in &listed {
                assert_eq!(is_allowed(text, name, digest), Ok(true));
                let is_allowed = is_allowed(text, name, OTHER_DIGEST);
                assert_eq!(is_allowed, Ok(is_listed(name, OTHER_DIGEST)));
            }
        }
    }
});

/// Digest in lower case and name of each line.
fn listed(text: &[u8]) -> Vec<(String, String)> {
    let text = std::str::from_utf8(text).expect("a list that is accepted is UTF-8");
    let lines = text
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line));
    let entries = lines.filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    entries
        .map(|line| (line[..64].to_ascii_lowercase(), line[66..].to_owned()))
        .collect()
}
