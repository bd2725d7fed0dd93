use plugin_api::testing::{TestContext, TestHost, TestPlugin, TestRequest};
use proptest::prelude::*;

use super::*;

fn ask(host: &TestHost) -> Result<String, PluginError> {
    let plugin = TestPlugin::open(host, open)?;
    let endpoint = plugin.endpoint(EndpointType::INFERENCE, "execution-parameters");
    let request = TestRequest::get("/execution-parameters");
    let response = endpoint.call(&request, &TestContext::new())?;
    assert_eq!(response.status(), 200);
    Ok(String::from_utf8(response.body().to_vec()).unwrap())
}

#[test]
fn without_settings_the_response_is_that_of_torchserve() {
    assert_eq!(
        ask(&TestHost::new()).unwrap(),
        r#"{
  "MaxConcurrentTransforms": 1,
  "BatchStrategy": "MULTI_RECORD",
  "MaxPayloadInMB": 6
}"#
    );
}

#[test]
fn settings_are_told() {
    let host = TestHost::new()
        .with_setting("NUM_WORKERS", "4")
        .with_setting("max_request_size", "2097152");
    assert_eq!(ask(&host).unwrap(), render(4, 2_097_152));
}

#[test]
fn a_wrong_setting_aborts_startup() {
    for (key, value, expected) in [
        ("NUM_WORKERS", "0", "expected a whole number from 1"),
        ("max_request_size", "6 MB", "expected a number of bytes"),
    ] {
        let host = TestHost::new().with_setting(key, value);
        let error = ask(&host).unwrap_err();
        assert_eq!(
            error.message(),
            format!("config.properties:1: {key}={value}: {expected}")
        );
    }
}

#[test]
fn the_payload_is_in_whole_mebibytes_and_never_zero() {
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
    fn no_text_is_parsed_as_zero_workers(text in "[-+ ]?[0-9]{0,12}") {
        prop_assert_ne!(parse_workers(&text), Some(0));
    }
}
