//! A file of the plugins folder before any of its code runs: a manifest or an error of one line, whatever its
//! bytes are, and no more memory than its size calls for.
#![no_main]

use host_demo::fuzzing::plugins::inspect;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    match inspect(file) {
        Ok((_, contract)) => {
            assert!(contract.starts_with("1."), "{contract}");
            // A file that is cut off is never a plugin.
            assert!(file.starts_with(b"\x7fELF"));
        }
        Err(error) => assert!(!error.is_empty()),
    }
});
