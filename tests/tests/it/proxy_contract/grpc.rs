//! gRPC: what the host says itself is a status of gRPC, on each listener, with and without TLS.

use std::net::SocketAddr;

use integration_tests::{
    HostBuilder, Listener, Request,
    http2::Http2Connection,
    post,
    upstream::{HttpUpstream, refusing_address},
};

use super::front::{Arrangement, Front};

const PREDICTIONS: &str = "/org.pytorch.serve.grpc.inference.InferenceAPIsService/Predictions";
const PING: &str = "/org.pytorch.serve.grpc.inference.InferenceAPIsService/Ping";
const LIST_MODELS: &str = "/org.pytorch.serve.grpc.management.ManagementAPIsService/ListModels";
const REGISTER_MODEL: &str =
    "/org.pytorch.serve.grpc.management.ManagementAPIsService/RegisterModel";
const UNKNOWN: &str = "/org.pytorch.serve.grpc.inference.InferenceAPIsService/None";
/// A message of five bytes, as gRPC frames it.
const MESSAGE: &[u8] = b"\0\0\0\0\x05hello";

/// The servers that gRPC calls are forwarded to.
struct Upstreams {
    inference: HttpUpstream,
    management: HttpUpstream,
}

impl Upstreams {
    fn start() -> Self {
        Self {
            inference: HttpUpstream::start(),
            management: HttpUpstream::start(),
        }
    }

    fn fronts(
        &self,
        arrangement: Arrangement,
        settings: impl Fn(HostBuilder) -> HostBuilder,
    ) -> Vec<Front> {
        Front::start(arrangement, |builder| {
            settings(
                builder
                    .property("upstream_grpc_inference", &self.inference.url())
                    .property("upstream_grpc_management", &self.management.url()),
            )
        })
    }

    fn calls(&self) -> [usize; 2] {
        [
            self.inference.requests().len(),
            self.management.requests().len(),
        ]
    }
}

fn call(method: &str) -> Request {
    post(method)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(MESSAGE)
}

fn connect(front: &Front, address: SocketAddr) -> Http2Connection {
    let callers = front.callers();
    let caller = callers.iter().find(|one| one.transport.is_http2());
    caller.expect("one over HTTP/2").connect_http2(address)
}

/// The status of a call that the host answers: in the only head, without a body.
#[track_caller]
fn own_status(connection: &Http2Connection, request: &Request) -> String {
    let mut exchange = connection.start(request);
    exchange.finish();
    let head = exchange.head();
    let shown = format!("{request:?} {head:?}");
    assert_eq!(head.status, 200, "{shown}");
    assert_eq!(head.header("content-type"), Some("application/grpc"));
    let status = head.header("grpc-status").expect(&shown);
    assert!(head.header("grpc-message").is_some(), "{shown}");
    assert_eq!(head.header("www-authenticate"), None);
    assert!(
        exchange.read().expect("an orderly end").is_none(),
        "{shown}"
    );
    assert!(exchange.trailers().is_empty(), "{shown}");
    status.to_owned()
}

/// The echo of the upstream is no message of gRPC, but shows that it was reached.
#[track_caller]
fn assert_forwarded(connection: &Http2Connection, request: &Request) {
    let response = connection.exchange(request);
    assert_eq!(response.json()["target"], request.target(), "{response:?}");
    assert_eq!(response.json()["version"], "HTTP/2.0");
}

/// Of an API: its HTTP listener and its gRPC listener.
fn connections(front: &Front, listener: Listener) -> [Http2Connection; 2] {
    let host = &front.host;
    let addresses = [host.address(listener), host.grpc_address(listener)];
    addresses.map(|address| connect(front, address))
}

#[test]
fn each_api_takes_its_own_key_on_both_of_its_listeners() {
    let upstreams = Upstreams::start();
    for front in upstreams.fronts(Arrangement::ByListener, |builder| builder) {
        let keys = front.host.keys();
        let (inference, management) = (&keys.inference.key, &keys.management.key);
        for (listener, method, right, wrong, place) in [
            (Listener::Inference, PREDICTIONS, inference, management, 0),
            (Listener::Inference, UNKNOWN, inference, management, 0),
            (Listener::Management, LIST_MODELS, management, inference, 1),
            (Listener::Management, PREDICTIONS, management, inference, 1),
        ] {
            for connection in connections(&front, listener) {
                let before = upstreams.calls();
                assert_eq!(own_status(&connection, &call(method)), "7");
                for key in [wrong, &keys.api, &"A".repeat(43)] {
                    assert_eq!(own_status(&connection, &call(method).key(key)), "7");
                }
                let twice = call(method).key(right).key(right);
                assert_eq!(own_status(&connection, &twice), "7");
                assert_eq!(upstreams.calls(), before);
                assert_forwarded(&connection, &call(method).key(right));
                let mut after = before;
                after[place] += 1;
                assert_eq!(upstreams.calls(), after);
            }
        }
        assert_eq!(front.connections(), 0);
    }
}

#[test]
fn the_class_of_a_call_says_which_key_opens_it_on_each_listener() {
    let upstreams = Upstreams::start();
    for front in upstreams.fronts(Arrangement::ByClass, |builder| builder) {
        let keys = front.host.keys();
        let (inference, management) = (&keys.inference.key, &keys.management.key);
        for listener in [Listener::Inference, Listener::Management] {
            for connection in connections(&front, listener) {
                let status = |method, key| own_status(&connection, &call(method).key(key));
                let before = upstreams.calls();
                for method in [PREDICTIONS, LIST_MODELS, UNKNOWN, REGISTER_MODEL] {
                    assert_eq!(own_status(&connection, &call(method)), "7", "{method}");
                    assert_eq!(status(method, &keys.api), "7", "{method}");
                }
                assert_eq!(status(PREDICTIONS, management), "7");
                assert_eq!(status(LIST_MODELS, inference), "7");
                // No rule names it: UNIMPLEMENTED.
                assert_eq!(status(UNKNOWN, inference), "12");
                assert_eq!(status(UNKNOWN, management), "12");
                // Blocked.
                assert_eq!(status(REGISTER_MODEL, management), "7");
                assert_eq!(status(REGISTER_MODEL, inference), "12");
                assert_eq!(upstreams.calls(), before);
                assert_forwarded(&connection, &call(PREDICTIONS).key(inference));
                assert_forwarded(&connection, &call(LIST_MODELS).key(management));
                assert_forwarded(&connection, &call(PING));
                assert_eq!(upstreams.calls(), [before[0] + 2, before[1] + 1]);
            }
        }
    }
}

/// UNAUTHENTICATED for a key that is none, PERMISSION_DENIED for one of another kind.
#[test]
fn with_standard_a_denied_call_is_16_or_7() {
    let upstreams = Upstreams::start();
    let standard = |builder: HostBuilder| builder.property("token_auth_status", "standard");
    for arrangement in Arrangement::ALL {
        for front in upstreams.fronts(arrangement, standard) {
            let keys = front.host.keys();
            for (listener, method, other) in [
                (Listener::Inference, PREDICTIONS, &keys.management.key),
                (Listener::Management, LIST_MODELS, &keys.inference.key),
            ] {
                for connection in connections(&front, listener) {
                    let status = |key: &str| own_status(&connection, &call(method).key(key));
                    assert_eq!(own_status(&connection, &call(method)), "16");
                    assert_eq!(status(&"A".repeat(43)), "16");
                    assert_eq!(status(other), "7");
                    assert_eq!(status(&keys.api), "7");
                }
            }
        }
    }
    assert_eq!(upstreams.calls(), [0, 0]);
}

/// Each status of HTTP that the host gives a forwarded call, as gRPC says it.
#[test]
fn each_error_of_the_host_has_its_status() {
    let upstreams = Upstreams::start();
    let limited = |builder: HostBuilder| builder.property("max_request_size", "1000");
    for front in upstreams.fronts(Arrangement::ByClass, limited) {
        let key = &front.host.keys().inference.key;
        let large = post(PREDICTIONS)
            .header("content-type", "application/grpc")
            .body(vec![0; 1001]);
        let of_host = post("/api-description").header("content-type", "application/grpc");
        for connection in connections(&front, Listener::Inference) {
            for (http, request, expected) in [
                (400, call("//x"), "13"),
                (400, call(PREDICTIONS).header("grpc-timeout", "soon"), "13"),
                (404, call("/none"), "12"),
                (404, call("/token"), "12"),
                (405, of_host.clone(), "12"),
                (413, large.clone(), "8"),
                (417, call(PREDICTIONS).header("expect", "other"), "13"),
            ] {
                let status = own_status(&connection, &request.key(key));
                assert_eq!(status, expected, "{http}");
            }
        }
    }
    assert_eq!(upstreams.calls(), [0, 0]);
}

/// Its own time limit, and the host's.
#[test]
fn a_call_that_takes_too_long_is_4() {
    let upstreams = Upstreams::start();
    let limited = |builder: HostBuilder| builder.property("upstream_response_timeout_sec", "1");
    for front in upstreams.fronts(Arrangement::ByListener, limited) {
        let key = &front.host.keys().inference.key;
        let silent = call(PREDICTIONS).key(key).header("x-behaviour", "test");
        let [connection, of_grpc] = connections(&front, Listener::Inference);
        let timeout = silent.clone().header("grpc-timeout", "100m");
        for (connection, request) in [(&of_grpc, &timeout), (&connection, &silent)] {
            assert_eq!(own_status(connection, request), "4");
            let exchange = upstreams.inference.next_exchange();
            let _ = exchange.wait_until_cancelled();
        }
    }
}

#[test]
fn an_upstream_that_is_away_is_14() {
    let url = format!("http://{}", refusing_address());
    for front in Front::start(Arrangement::ByListener, |one| {
        one.property("upstream_grpc_inference", &url)
    }) {
        let key = &front.host.keys().inference.key;
        for connection in connections(&front, Listener::Inference) {
            assert_eq!(own_status(&connection, &call(PREDICTIONS).key(key)), "14");
            assert_eq!(own_status(&connection, &call(PREDICTIONS)), "7");
        }
    }
}

/// Over HTTP/1.1 nothing is a call of gRPC, and over HTTP/2 only its own media type.
#[test]
fn another_client_gets_statuses_of_http() {
    let upstreams = Upstreams::start();
    for front in upstreams.fronts(Arrangement::ByListener, |builder| builder) {
        for mut caller in front.callers() {
            let request = match caller.transport.is_http2() {
                true => post(PREDICTIONS).header("content-type", "application/grpc-web"),
                false => post(PREDICTIONS).header("content-type", "application/grpc"),
            };
            caller.assert_denied(Listener::Inference, &request);
            let allowed = request.key(&front.host.keys().inference.key);
            assert_eq!(caller.inference(&allowed).json()["version"], "HTTP/1.1");
        }
        assert_eq!(front.inference.requests().len(), 2);
    }
    assert_eq!(upstreams.calls(), [0, 0]);
}
