//! Settings of any text: a configuration, or an error of one line that names the setting.
#![no_main]

use std::sync::LazyLock;

use fuzz::input::Input;
use host_demo::fuzzing::config::{keys, resolve};
use libfuzzer_sys::fuzz_target;

static KEYS: LazyLock<Vec<&'static str>> = LazyLock::new(|| keys().collect());

// Lines, each of which begins with a byte that chooses the setting.
fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let mut given = Vec::new();
    while !input.is_empty() && given.len() < 8 {
        let index = usize::from(input.byte()) % KEYS.len();
        let Ok(value) = std::str::from_utf8(input.until(b'\n')) else {
            return;
        };
        given.push((index, value));
    }
    match resolve(given.iter().copied()) {
        Ok(config) => {
            // Plugins get each value as it was given; the last one of a key counts.
            for (index, _) in &given {
                let last = given.iter().rev().find(|(other, _)| other == index);
                let setting = config.settings.lookup(KEYS[*index]);
                if let (Some(setting), Some((_, value))) = (setting, last) {
                    assert_eq!(setting.value, *value);
                }
            }
        }
        Err(error) => {
            let text = error.to_string();
            assert!(!text.chars().any(char::is_control), "{text:?}");
            assert!(
                given.iter().any(|(index, _)| text.contains(KEYS[*index]))
                    || text.contains("fuzzed"),
                "{text}"
            );
        }
    }
});
