//! The system allows few open files. Connections do not take those that the keys need.

use integration_tests::{Connection, Host, HostBuilder, Listener, PluginFolder, get};

use crate::expect::opens_management;

fn host_with(limit: u64) -> HostBuilder {
    Host::builder()
        .plugins(PluginFolder::new().with("token-plugin"))
        .prelude(&format!("ulimit -n {limit}"))
}

/// The least that is enough, from the line that refuses less.
fn minimum() -> u64 {
    let refusal = host_with(28).refused();
    let line = refusal.line();
    assert!(
        line.contains("28 open files at once are too few"),
        "{refusal}"
    );
    assert!(!refusal.log.text().contains("keys written"), "{refusal}");
    let (_, rest) = line.split_once("at least ").expect("a number");
    let number = rest.split(' ').next().expect("a number");
    number.parse().expect("a number")
}

#[test]
fn too_few_abort_the_start_before_the_keys_and_the_least_is_named() {
    let enough = minimum();

    let host = host_with(enough).start();

    assert!(opens_management(&host, &host.keys().management.key));
}

#[test]
fn many_connections_leave_enough_for_rotations() {
    let host = host_with(minimum() + 20).start();
    let keys = host.keys();
    let mut management = host.connect(Listener::Management);
    let rotation = get("/token?type=inference").key(&keys.api);
    assert_eq!(management.exchange(&rotation).status, 200);

    let addresses = Listener::ALL.map(|listener| host.address(listener));
    let connections: Vec<_> = addresses
        .into_iter()
        .cycle()
        .take(120)
        .map(|address| Connection::try_open(address).expect("the backlog takes it"))
        .collect();

    for _ in 0..10 {
        let response = management.exchange(&rotation);
        assert_eq!(response.status, 200, "{response:?}\n{}", host.log().text());
    }
    drop(connections);
}
