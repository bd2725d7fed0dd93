//! An image of a prediction: an error, or as many values from 0 to 1 as the model takes.
#![no_main]

use fuzz::input::Input;
use host_demo::fuzzing::models::image;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let (width, height) = (1 + u32::from(input.byte()), 1 + u32::from(input.byte()));
    match image(input.rest(), width, height) {
        Ok(values) => {
            assert_eq!(values.len(), 3 * width as usize * height as usize);
            assert!(values.iter().all(|value| (0.0..=1.0).contains(value)));
        }
        Err(error) => assert!(!error.is_empty()),
    }
});
