//! SIGHUP reads certificate, key and authorities again; plugins are a matter of their own.

use integration_tests::{Authority, Connection, Issued, Listener, get};
use rustix::process::Signal;

use super::Server;

/// The certificate that a new connection gets.
pub(super) fn served(server: &Server, authority: &Authority) -> Option<Vec<u8>> {
    let client = integration_tests::TlsClient::trusting(authority);
    let address = server.host.address(Listener::Inference);
    let connection = Connection::try_open_encrypted(address, &client).ok()?;
    let certificates = connection.session()?.peer_certificates()?;
    Some(certificates.first()?.to_vec())
}

#[track_caller]
pub(super) fn assert_serves(server: &Server, issued: &Issued) {
    let served = served(server, &server.authority);
    assert_eq!(served.as_deref(), Some(issued.certificate().as_ref()));
}

/// Returns once the reload of the certificate and that of the plugins are done.
fn reload(server: &Server, line: &str, count: usize) {
    server.host.signal(Signal::HUP);
    let _ = server.host.log().wait_for_lines_with(line, count);
}

const IN_USE: &str = "is in use, valid until";
const NOT_REPLACED: &str = "the certificate was not replaced, the one in use stays: ";

#[test]
fn new_connections_get_the_new_certificate_and_open_ones_go_on() {
    let server = Server::start();
    let ping = get("/ping").key(&server.host.keys().inference.key);
    let mut open = server
        .host
        .connect_encrypted(Listener::Inference, &server.client);
    assert_eq!(open.exchange(&ping).status, 200);

    let next = server.authority.issue_until(2050);
    server.files.install(&next);
    reload(&server, IN_USE, 2);

    assert_serves(&server, &next);
    assert_eq!(open.exchange(&ping).status, 200);
    let lines = server
        .host
        .log()
        .lines_with("valid until 2050-01-01T00:00:00Z");
    assert_eq!(lines.len(), 1, "{lines:?}");
}

#[test]
fn a_bad_new_pair_keeps_the_old_one_with_one_error() {
    let server = Server::start();
    let next = server.authority.issue();
    let old = served(&server, &server.authority);

    server.files.write_certificate(&next.certificate_pem());
    reload(&server, NOT_REPLACED, 1);
    assert_eq!(served(&server, &server.authority), old);
    server.files.write_certificate("no PEM");
    reload(&server, NOT_REPLACED, 2);
    assert_eq!(served(&server, &server.authority), old);

    let errors = server.host.log().lines_of_level("ERROR");
    assert_eq!(errors.len(), 2, "{errors:?}");
    let reasons = ["do not belong together", "holds no certificate"];
    for (line, reason) in errors.iter().zip(reasons) {
        assert!(
            line.contains(NOT_REPLACED) && line.contains(reason),
            "{line}"
        );
    }

    server.files.install(&next);
    reload(&server, IN_USE, 2);
    assert_serves(&server, &next);
}

#[test]
fn reloads_and_the_end_of_the_certificate_are_metrics() {
    let server = Server::start_with(|builder, _| builder);
    let file = server.files.certificate();
    let expiration = format!(
        "host_demo_tls_certificate_expiration_timestamp_seconds{{file=\"{}\"}}",
        file.display()
    );
    let reloads = |outcome: &str| {
        server.metric(&format!(
            "host_demo_tls_reloads_total{{outcome=\"{outcome}\"}}"
        ))
    };
    // The first days of 2060 and of 2050.
    assert_eq!(server.metric(&expiration).as_deref(), Some("2840140800"));
    assert_eq!(reloads("succeeded").as_deref(), Some("0"));

    server.files.install(&server.authority.issue_until(2050));
    reload(&server, IN_USE, 2);
    assert_eq!(server.metric(&expiration).as_deref(), Some("2524608000"));
    assert_eq!(reloads("succeeded").as_deref(), Some("1"));

    server.files.write_key("no PEM");
    reload(&server, NOT_REPLACED, 1);
    assert_eq!(server.metric(&expiration).as_deref(), Some("2524608000"));
    assert_eq!(reloads("failed").as_deref(), Some("1"));
}

#[test]
fn plugins_that_cannot_be_reloaded_do_not_keep_the_old_certificate() {
    let server = Server::start();
    let plugins = server.host.plugins();
    integration_tests::write_file(&plugins.path().join("libbroken.so"), b"no library");
    let next = server.authority.issue();
    server.files.install(&next);

    reload(&server, "the reload failed, the plugins are unchanged", 1);

    assert_serves(&server, &next);
}

#[test]
fn a_certificate_that_cannot_be_reloaded_does_not_keep_the_old_plugins() {
    let server = Server::start();
    server.files.write_certificate("no PEM");
    server.host.plugins().install_build("token-plugin", 1);

    reload(&server, "generation 2 serves", 1);

    let errors = server.host.log().lines_with(NOT_REPLACED);
    assert_eq!(errors.len(), 1, "{errors:?}");
}
