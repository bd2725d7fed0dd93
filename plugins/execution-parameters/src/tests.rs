use proptest::prelude::*;

use super::*;

#[test]
fn without_settings_the_answer_is_torchserves() {
    assert_eq!(
        render(WORKERS_DEFAULT, REQUEST_BYTES_DEFAULT),
        r#"{
  "MaxConcurrentTransforms": 1,
  "BatchStrategy": "MULTI_RECORD",
  "MaxPayloadInMB": 6
}"#
    );
}

#[test]
fn whole_mebibytes_are_told_and_never_zero() {
    for (bytes, mebibytes) in [
        (0, 1),
        (1_048_575, 1),
        (1_048_576, 1),
        (2_097_151, 1),
        (2_097_152, 2),
        (104_857_600, 100),
    ] {
        let expected = format!("\"MaxPayloadInMB\": {mebibytes}\n}}");
        assert!(render(1, bytes).ends_with(&expected), "{bytes}");
    }
}

#[test]
fn a_number_of_workers_is_whole_and_above_zero() {
    assert_eq!(parse_workers("8"), Some(8));
    for text in ["", "0", "-1", "1.5", "two", "4294967296"] {
        assert_eq!(parse_workers(text), None, "{text:?}");
    }
}

proptest! {
    #[test]
    fn every_number_of_workers_is_read_back(workers in 1_u32..) {
        prop_assert_eq!(parse_workers(&workers.to_string()), Some(workers));
    }

    #[test]
    fn no_text_is_read_as_no_worker(text in "[-+ ]?[0-9]{0,12}") {
        prop_assert_ne!(parse_workers(&text), Some(0));
    }
}
