//! Assertions that several modules share.

use integration_tests::{Host, Listener, Request, Response, get};
use serde_json::{Value, json};

pub(crate) const DENIED_BODY: &str = r#"{
  "code": 400,
  "type": "InvalidKeyException",
  "message": "Token Authorization failed. Token either incorrect, expired, or not provided correctly"
}"#;

/// Requests without a key, and with each of the keys.
pub(crate) const CALLERS: [&str; 4] = ["no key", "management", "inference", "api"];

/// Status, headers and body of a denial, verbatim but for what OpenAI's clients read.
#[track_caller]
pub(crate) fn assert_denied(response: &Response) {
    assert_eq!(response.status, 400, "{response:?}");
    if response.json()["error"].is_null() {
        assert_eq!(response.text().trim_end(), DENIED_BODY);
    } else {
        let torchserve: Value = serde_json::from_str(DENIED_BODY).expect("JSON");
        for (member, value) in torchserve.as_object().expect("members") {
            assert_eq!(&response.json()[member], value, "{response:?}");
        }
    }
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.header("www-authenticate"), Some("Bearer"));
}

/// An error response in TorchServe's form.
#[track_caller]
pub(crate) fn assert_error(response: &Response, status: u16, error_type: &str, message: &str) {
    assert_eq!(response.status, status, "{response:?}");
    assert_eq!(response.header("content-type"), Some("application/json"));
    let body = json!({ "code": status, "type": error_type, "message": message });
    assert_eq!(response.json(), body);
}

/// Whether the token check refused a request.
pub(crate) fn is_denied(response: &Response) -> bool {
    let denied = response.text().contains("InvalidKeyException");
    if denied {
        assert_denied(response);
    }
    denied
}

/// Which of [`CALLERS`] are allowed, whatever the response is.
pub(crate) fn who_may(host: &Host, listener: Listener, request: &Request) -> Vec<&'static str> {
    let mut allowed = Vec::new();
    for name in CALLERS {
        let keys = host.keys();
        let request = match name {
            "management" => request.clone().key(&keys.management.key),
            "inference" => request.clone().key(&keys.inference.key),
            "api" => request.clone().key(&keys.api),
            _ => request.clone(),
        };
        if !is_denied(&host.send(listener, &request)) {
            allowed.push(name);
        }
    }
    allowed
}

/// Whether the management listener accepts this key.
pub(crate) fn opens_management(host: &Host, key: &str) -> bool {
    !is_denied(&host.management(&get("/models").key(key)))
}

/// Whether the inference listener accepts this key.
pub(crate) fn opens_inference(host: &Host, key: &str) -> bool {
    !is_denied(&host.inference(&get("/ping").key(key)))
}

/// Replaces a key through `/token`.
#[track_caller]
pub(crate) fn rotate(host: &Host, kind: &str) {
    let keys = host.keys();
    let request = get(&format!("/token?type={kind}")).key(&keys.api);
    let response = host.management(&request);
    assert_eq!(response.status, 200, "{response:?}");
}
