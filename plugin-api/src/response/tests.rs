use proptest::prelude::*;

use super::*;

#[test]
fn an_error_has_the_form_of_the_servers_own() {
    let response = Response::error(409, "ConflictStatusException", "Not \"now\".");
    assert_eq!(response.status(), 409);
    assert_eq!(
        response.headers().collect::<Vec<_>>(),
        [("content-type", "application/json")]
    );
    let body = "{\n  \"code\": 409,\n  \"type\": \"ConflictStatusException\",\n  \"message\": \"Not \\\"now\\\".\"\n}\n";
    assert_eq!(response.body(), body.as_bytes());
}

#[test]
fn debug_output_has_no_key() {
    let response = Response::text("key in the body").with_header("x-key", "key in a header");
    let printed = format!("{response:?}");
    assert_eq!(
        printed,
        r#"Response { status: 200, header_names: ["content-type", "x-key"], body_bytes: 15 }"#
    );
    let printed = format!("{:?}", RawResponse::from(response));
    assert!(
        printed.contains("x-key") && printed.contains("body_bytes: 15"),
        "{printed}"
    );
    assert!(!printed.contains("key in"), "{printed}");
}

proptest! {
    #[test]
    fn every_message_survives_as_json(message in any::<String>()) {
        let response = Response::error(500, "T", &message);
        let json: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        prop_assert_eq!(json["message"].as_str(), Some(message.as_str()));
    }
}
