//! Upgrades and gRPC calls, which have rules of their own.

use integration_tests::{Listener, get, grpc, upstream::HttpUpstream};

use super::{in_front_of, with_profile};

#[test]
fn an_upgrade_passes_on_its_own_path_only() {
    let (host, upstream) = with_profile("vllm");
    let key = host.keys().inference.key;
    let websocket = |target: &str| {
        get(target)
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("x-behaviour", "upgrade")
            .key(&key)
    };
    let mut connection = host.connect(Listener::Inference);
    assert_eq!(connection.exchange(&websocket("/v1/realtime")).status, 101);
    connection.send(b"hello");
    assert_eq!(
        connection.receive_exact(5).expect("it comes back"),
        b"hello"
    );

    let before = upstream.requests().len();
    for request in [
        websocket("/v1/models"),
        websocket("/health"),
        get("/v1/realtime").key(&key),
    ] {
        let status = host.inference(&request).status;
        assert_ne!(status, 101, "{request:?}");
    }
    for seen in &upstream.requests()[before..] {
        assert_eq!(seen.header("upgrade"), None, "{seen:?}");
    }
}

/// 12 for what no rule names, as for an unknown method.
#[test]
fn the_class_of_a_grpc_method_says_which_key_opens_it() {
    let upstream = HttpUpstream::start();
    let grpc_upstream = HttpUpstream::start();
    let host = in_front_of(&upstream, "triton")
        .property("upstream_grpc_inference", &grpc_upstream.url())
        .property("grpc_inference_port", "0")
        .start();
    let keys = host.keys();
    let status = |method: &str, key: Option<&String>| {
        let path = format!("/inference.GRPCInferenceService/{method}");
        let authorization = key.map(|key| format!("Bearer {key}"));
        let address = host.address(Listener::Inference);
        let before = grpc_upstream.requests().len();
        let response = grpc::call(address, &path, authorization.as_deref());
        let is_forwarded = grpc_upstream.requests().len() > before;
        assert_eq!(response.http_status, 200, "{response:?}");
        // What is forwarded is echoed, which has no status.
        if is_forwarded {
            "forwarded".to_owned()
        } else {
            response.status
        }
    };
    let (inference, management) = (Some(&keys.inference.key), Some(&keys.management.key));

    assert_eq!(status("ModelInfer", inference), "forwarded");
    assert_eq!(status("ModelInfer", management), "7");
    assert_eq!(status("ModelInfer", None), "7");
    assert_eq!(status("RepositoryIndex", management), "forwarded");
    assert_eq!(status("RepositoryIndex", inference), "7");
    assert_eq!(status("ServerLive", None), "forwarded");
    assert_eq!(status("RepositoryModelLoad", inference), "12");
    assert_eq!(status("RepositoryModelLoad", management), "7");
    assert_eq!(status("Unknown", inference), "12");
    assert_eq!(status("modelInfer", inference), "12");
    assert_eq!(status("Unknown", None), "7");
    assert_eq!(upstream.connections(), 0);
}
