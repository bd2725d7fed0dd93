//! A model file: what passes the check of its wire format can be summarized and measured, and what is cut off at
//! the end of its last field does not pass.
#![no_main]

use host_demo::fuzzing::models::{declared, is_well_formed, longest_chain};
use libfuzzer_sys::fuzz_target;

const OPERATORS_MAX: usize = 100;

fuzz_target!(|file: &[u8]| {
    let declared = declared(file);
    if is_well_formed(file) {
        let (inputs, outputs) = declared.expect("a file that is well-formed");
        // Each takes a tag and a length at least.
        assert!(inputs + outputs <= file.len() / 2);
        let chain = longest_chain(file, OPERATORS_MAX).expect("a file that is well-formed");
        assert!(chain.is_none_or(|chain| chain <= OPERATORS_MAX));
    }
    // A tag whose value is missing.
    let mut longer = file.to_vec();
    longer.push(0x08);
    assert!(!is_well_formed(&longer) || !is_well_formed(file));
});
