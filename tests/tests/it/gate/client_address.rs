//! Whose address counts where proxies are in front: seen in the access log.

use integration_tests::{Host, HostBuilder, PluginFolder, Request, get};

fn logging() -> HostBuilder {
    Host::builder()
        .plugins(PluginFolder::new().with("token-plugin"))
        .argument("--access-log")
}

/// The client in the line of the access log that a request makes.
fn logged(host: &mut Host, request: &Request) -> String {
    let key = host.keys().inference.key;
    assert_eq!(host.inference(&request.clone().key(&key)).status, 200);
    host.stop();
    let lines = host.log().lines_with("\"GET /ping HTTP/1.1\" 200");
    let line = lines.first().expect("a line for the request");
    let (_, client) = line.split_once(" - /").expect("an address");
    client.split(' ').next().unwrap_or_default().to_owned()
}

#[test]
fn nobodys_word_is_believed_by_default() {
    let mut host = logging().start();
    let request = get("/ping")
        .header("X-Forwarded-For", "192.0.2.1")
        .header("Forwarded", "for=192.0.2.1");
    let client = logged(&mut host, &request);
    assert!(client.starts_with("127.0.0.1:"), "{client}");
}

#[test]
fn a_trusted_proxy_names_the_client() {
    for (name, value) in [
        ("X-Forwarded-For", "6.6.6.6, 192.0.2.1"),
        ("X-Forwarded-For", "192.0.2.1, 10.0.0.2"),
        ("Forwarded", "for=6.6.6.6, for=192.0.2.1;proto=https"),
    ] {
        let mut host = logging()
            .property("trusted_proxies", "127.0.0.1, 10.0.0.0/8")
            .start();
        let client = logged(&mut host, &get("/ping").header(name, value));
        assert_eq!(client, "192.0.2.1:0", "{name}: {value}");
    }
}

#[test]
fn a_setting_that_is_no_list_of_networks_aborts_startup() {
    let ended = logging()
        .property("trusted_proxies", "10.0.0.1/8")
        .refused();
    let line = ended.line();
    assert!(
        line.contains("trusted_proxies") && line.contains("10.0.0.1/8"),
        "{line}"
    );
}
