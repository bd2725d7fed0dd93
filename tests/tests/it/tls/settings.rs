//! A reload puts other settings of TLS in force: files, authorities of clients, the time of a handshake.

use std::path::Path;

use integration_tests::{Authority, Connection, Listener, TlsClient, TlsFiles, get};

use super::{
    Server,
    reload::{assert_serves, served},
};
use crate::reload::{hang_up, settings::set};

const NEXT_SERVES: &str = "generation 2 serves";

fn set_path(server: &Server, key: &str, path: &Path) {
    set(&server.host, key, &path.display().to_string());
}

fn expiration_of(files: &TlsFiles) -> String {
    format!(
        "host_demo_tls_certificate_expiration_timestamp_seconds{{file=\"{}\"}}",
        files.certificate().display()
    )
}

fn reloads(server: &Server, outcome: &str) -> Option<String> {
    server.metric(&format!(
        "host_demo_tls_reloads_total{{outcome=\"{outcome}\"}}"
    ))
}

#[test]
fn new_connections_get_the_certificate_of_the_files_that_the_configuration_names_now() {
    let server = Server::start();
    let ping = get("/ping").key(&server.host.keys().inference.key);
    let mut open = server
        .host
        .connect_encrypted(Listener::Inference, &server.client);
    assert_eq!(open.exchange(&ping).status, 200);

    let next = server.authority.issue_until(2050);
    let files = TlsFiles::of(&next);
    set_path(&server, "certificate_file", &files.certificate());
    set_path(&server, "private_key_file", &files.key());
    let line = hang_up(&server.host);

    assert!(line.ends_with(NEXT_SERVES), "{line}");
    assert_serves(&server, &next);
    assert_eq!(open.exchange(&ping).status, 200);
    assert_eq!(server.metric(&expiration_of(&server.files)), None);
    let expiration = server.metric(&expiration_of(&files));
    assert_eq!(expiration.as_deref(), Some("2524608000"));
    assert_eq!(reloads(&server, "succeeded").as_deref(), Some("1"));

    // From now on these are the files that each reload reads.
    let third = server.authority.issue();
    files.install(&third);
    let line = hang_up(&server.host);
    assert!(line.ends_with(NEXT_SERVES), "{line}");
    assert_serves(&server, &third);
}

/// Also with what else changed: a configuration is in force as a whole or not at all.
#[test]
fn a_bad_pair_that_the_configuration_names_keeps_the_old_one_and_every_setting() {
    let server = Server::start();
    let old = served(&server, &server.authority);
    let next = server.authority.issue();
    let files = TlsFiles::of(&next);
    set_path(&server, "certificate_file", &files.certificate());
    set(&server.host, "token_auth_status", "standard");

    let line = hang_up(&server.host);

    let failed = "the reload failed, settings and plugins are unchanged: ";
    assert!(line.contains("[ERROR]"), "{line}");
    assert!(
        line.contains(failed) && line.contains("do not belong together"),
        "{line}"
    );
    assert_eq!(served(&server, &server.authority), old);
    assert_eq!(reloads(&server, "failed").as_deref(), Some("1"));
    let plugins = server.metric("host_demo_plugin_reloads_total{outcome=\"failed\"}");
    assert_eq!(plugins.as_deref(), Some("1"));
    let denied = |server: &Server| {
        let address = server.host.address(Listener::Inference);
        let connection = Connection::try_open_encrypted(address, &server.client);
        let mut connection = connection.expect("a connection");
        connection.exchange(&get("/ping")).status
    };
    assert_eq!(denied(&server), 400);

    set_path(&server, "private_key_file", &files.key());
    let line = hang_up(&server.host);
    assert!(line.ends_with(NEXT_SERVES), "{line}");
    assert_serves(&server, &next);
    assert_eq!(denied(&server), 401);
}

#[test]
fn clients_need_a_certificate_once_the_configuration_names_their_authorities() {
    let server = Server::start();
    let clients = Authority::new();
    let known = TlsClient::with_certificate(&server.authority, &clients.issue());
    let ping = get("/ping").key(&server.host.keys().inference.key);
    let status = |client: &TlsClient| {
        let address = server.host.address(Listener::Inference);
        let mut connection = Connection::try_open_encrypted(address, client).ok()?;
        Some(connection.try_exchange(&ping).ok()?.status)
    };
    assert_eq!(status(&server.client), Some(200));

    server.files.write_client_ca(&clients);
    set_path(&server, "client_ca_file", &server.files.client_ca());
    let line = hang_up(&server.host);

    assert!(line.ends_with(NEXT_SERVES), "{line}");
    assert_eq!(status(&server.client), None);
    assert_eq!(status(&known), Some(200));
}

/// The log names the time that was in force.
#[test]
fn the_time_of_a_handshake_follows_the_file() {
    let server = Server::start_with(|builder, _| builder.property("log_level", "debug"));
    set(&server.host, "tls_handshake_timeout_sec", "1");
    let line = hang_up(&server.host);
    assert!(line.ends_with(NEXT_SERVES), "{line}");

    let mut silent = server.host.connect(Listener::Inference);
    assert!(silent.ends());
    let line = "a TLS handshake took longer than 1 s";
    let _ = server.host.log().wait_for_lines_with(line, 1);
}
