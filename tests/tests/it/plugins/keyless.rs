//! Token plugins that make no keys: the server requires no endpoint `token` of them, and logs
//! nothing about keys.

use integration_tests::{Host, HostBuilder, PluginFolder, get, post};

use crate::expect::is_denied;

fn keyless(credentials: &str) -> HostBuilder {
    Host::builder()
        .plugins(PluginFolder::new().with("fixture-keyless"))
        .property("fixture_credentials", credentials)
}

#[test]
fn tokens_of_another_issuer_are_checked() {
    let host = keyless("token").start();

    assert!(is_denied(&host.inference(&get("/ping"))));
    assert!(is_denied(&host.inference(&get("/ping").key("unsigned"))));
    assert_eq!(host.inference(&get("/ping").key("a.signed")).status, 200);
    assert_eq!(host.management(&get("/models").key("a.signed")).status, 200);
}

#[test]
fn a_token_of_8_kib_is_checked() {
    let host = keyless("token").start();
    let token = |length: usize| format!("{}.signed", "a".repeat(length - ".signed".len()));

    for (length, status) in [(1477, 200), (8192 - "Bearer ".len(), 200), (8192, 400)] {
        let response = host.inference(&get("/ping").key(&token(length)));
        assert_eq!(response.status, status, "{length}");
    }
}

#[test]
fn a_client_address_decides_whatever_the_header_says() {
    let host = keyless("address").start();

    assert_eq!(host.inference(&get("/ping")).status, 200);
    assert_eq!(host.inference(&get("/ping").key("anything")).status, 200);
    assert!(is_denied(&host.management(&get("/models"))));
}

/// No key is replaced there: the path belongs to the management API, which does not have it.
#[test]
fn there_is_no_endpoint_token() {
    let host = keyless("token").start();

    let rotate = post("/token?type=inference");
    assert!(is_denied(&host.management(&rotate)));
    assert_eq!(host.management(&rotate.key("a.signed")).status, 404);
}

#[test]
fn the_log_does_not_mention_keys() {
    let mut host = keyless("token").start();
    assert!(host.stop().success());
    let log = host.log().text();

    assert!(
        log.contains("Loading token plugin fixture-keyless, which makes no keys"),
        "{log}"
    );
    for text in ["keys written", "endpoint token", "WARN", "ERROR"] {
        assert!(!log.contains(text), "{text}: {log}");
    }
}

/// A plugin without keys has none that could be lost.
#[test]
fn a_new_build_replaces_the_old_one_without_a_warning_about_keys() {
    let plugins = PluginFolder::new().with("fixture-keyless");
    let host = Host::builder()
        .plugins(plugins)
        .property("fixture_credentials", "token")
        .start();
    host.plugins().install_build("fixture-keyless", 1);

    let reload = post("/plugins/reload").key("a.signed");
    assert_eq!(
        host.management(&reload).json()["files"][0]["outcome"],
        "replaced"
    );
    assert_eq!(host.inference(&get("/ping").key("a.signed")).status, 200);
    assert!(!host.log().text().contains("WARN"), "{}", host.log().text());
}
