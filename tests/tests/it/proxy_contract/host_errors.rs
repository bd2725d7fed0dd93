//! Errors that the host tells itself although there is an upstream.

use integration_tests::{Listener, Request, delete, get, post};

use super::front::{Arrangement, Front};
use crate::expect::assert_error;

const NOT_FOUND: &str = "Requested resource is not found, please refer to API document.";
const NOT_ALLOWED: &str = "Requested method is not allowed, please refer to API document.";

#[test]
fn what_no_rule_names_is_404_to_the_owner_of_a_key() {
    for front in Front::start(Arrangement::ByClass, |builder| builder) {
        let keys = front.host.keys();
        let requests: [Request; 6] = [
            get("/none"),
            get("/predictions"),
            delete("/ping"),
            get("/PING"),
            get("/models/m;x"),
            post("/m/predict"),
        ];
        for mut caller in front.callers() {
            for request in &requests {
                for listener in [Listener::Inference, Listener::Management] {
                    for key in [&keys.inference.key, &keys.management.key] {
                        let response = caller.exchange(listener, &request.clone().key(key));
                        assert_error(&response, 404, "ResourceNotFoundException", NOT_FOUND);
                    }
                    caller.assert_denied(listener, request);
                    caller.assert_denied(listener, &request.clone().key(&keys.api));
                }
            }
        }
        assert_eq!(front.connections(), 0);
    }
}

/// It names the setting that would forward it.
#[test]
fn a_blocked_call_is_403_with_the_management_key_alone() {
    for front in Front::start(Arrangement::ByClass, |builder| builder) {
        let keys = front.host.keys();
        let register = post("/models?url=x.mar");
        for mut caller in front.callers() {
            for listener in [Listener::Inference, Listener::Management] {
                let of_manager = register.clone().key(&keys.management.key);
                let told = caller.exchange(listener, &of_manager);
                let message = "The upstream profile blocks this call. To forward it with the \
                               management key, set upstream_allow=POST /models";
                assert_error(&told, 403, "ForbiddenException", message);
                let other = register.clone().key(&keys.inference.key);
                let hidden = caller.exchange(listener, &other);
                assert_error(&hidden, 404, "ResourceNotFoundException", NOT_FOUND);
                caller.assert_denied(listener, &register);
            }
        }
        assert_eq!(front.connections(), 0);
    }
}

/// Of the paths that are the host's whatever is behind it.
#[test]
fn another_method_of_a_path_of_the_host_is_405() {
    for front in Front::start_all(|builder| builder) {
        let key = front.host.keys().management.key;
        let cases = [
            (Listener::Management, delete("/plugins"), "GET, HEAD"),
            (Listener::Management, get("/plugins/reload"), "POST"),
            (Listener::Inference, post("/api-description"), "GET, HEAD"),
            (Listener::Metrics, post("/host/metrics"), "GET, HEAD"),
            (Listener::Metrics, post("/metrics"), "GET, HEAD"),
            (Listener::Metrics, delete("/ready"), "GET, HEAD"),
        ];
        for mut caller in front.callers() {
            for (listener, request, allow) in &cases {
                let response = caller.exchange(*listener, &request.clone().key(&key));
                assert_error(&response, 405, "MethodNotAllowedException", NOT_ALLOWED);
                assert_eq!(response.header("allow"), Some(*allow), "{request:?}");
            }
            caller.assert_denied(Listener::Management, &delete("/plugins"));
            let unknown = caller.metrics(&get("/none"));
            assert_error(&unknown, 404, "ResourceNotFoundException", NOT_FOUND);
        }
        assert_eq!(front.connections(), 0);
    }
}

/// Where its length is announced, before the upstream learns of it; and not before the key is checked.
#[test]
fn a_body_over_the_limit_is_413_and_one_up_to_it_is_forwarded() {
    for front in Front::start_all(|builder| builder.property("max_request_size", "1000")) {
        let key = front.host.keys().inference.key;
        let sized = |bytes| post("/predictions/m").body(vec![b'x'; bytes]);
        for mut caller in front.callers() {
            caller.assert_denied(Listener::Inference, &sized(1001));
            let over = caller.inference(&sized(1001).key(&key));
            assert_eq!(over.status, 413, "{over:?}");
            assert_eq!(over.json()["code"], 413);
            for _ in 0..2 {
                let up_to = caller.inference(&sized(1000).key(&key));
                assert_eq!(up_to.status, 200, "{up_to:?}");
                assert_eq!(up_to.json()["body"].as_str().map(str::len), Some(1000));
            }
        }
        assert_eq!(front.forwarded(), 4);
    }
}
