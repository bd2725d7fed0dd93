use super::*;
use crate::config::address::DefaultPorts;

fn address(text: &str) -> ListenAddress {
    let ports = DefaultPorts {
        http: 80,
        https: 443,
    };
    ListenAddress::parse(text, ports).unwrap()
}

#[test]
fn equal_addresses_become_one_socket_but_for_port_0() {
    const INFERENCE: Roles = Roles::INFERENCE;
    const MANAGEMENT: Roles = Roles::MANAGEMENT;
    const METRICS: Roles = Roles::METRICS;
    const BOTH: Roles = Roles {
        inference: true,
        management: true,
        metrics: false,
    };
    const ALL: Roles = Roles {
        metrics: true,
        ..BOTH
    };
    let (one, two) = ("http://127.0.0.1:1", "http://127.0.0.1:2");
    let (three, any) = ("http://127.0.0.1:3", "http://127.0.0.1:0");
    for (texts, expected) in [
        (
            [one, two, three],
            &[(one, INFERENCE), (two, MANAGEMENT), (three, METRICS)][..],
        ),
        ([one, one, two], &[(one, BOTH), (two, METRICS)]),
        ([one, one, one], &[(one, ALL)]),
        (
            [any, any, any],
            &[(any, INFERENCE), (any, MANAGEMENT), (any, METRICS)],
        ),
    ] {
        let [inference, management, metrics] = texts.map(address);
        let sockets = Listeners {
            inference,
            management,
            metrics,
            grpc_inference: None,
            grpc_management: None,
        }
        .sockets();
        let expected: Vec<Listener> = expected
            .iter()
            .map(|(text, roles)| Listener {
                address: address(text),
                roles: *roles,
                is_grpc: false,
            })
            .collect();
        assert_eq!(sockets, expected, "{texts:?}");
    }
}

#[test]
fn a_grpc_listener_is_a_socket_of_its_own_with_its_label() {
    let listeners = Listeners {
        inference: address("http://127.0.0.1:1"),
        management: address("http://127.0.0.1:2"),
        metrics: address("http://127.0.0.1:3"),
        grpc_inference: Some(address("http://127.0.0.1:4")),
        grpc_management: Some(address("http://127.0.0.1:2")),
    };
    let labels: Vec<_> = listeners.sockets().iter().map(Listener::label).collect();
    assert_eq!(
        labels,
        ["inference", "management", "metrics", "grpc_inference"]
    );
}
