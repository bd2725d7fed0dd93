//! `client_ca_file`: only clients with a certificate are served.

use integration_tests::{Authority, Connection, Listener, Response, TlsClient, eventually, get};
use rustix::process::Signal;

use super::Server;

fn server(clients: &Authority) -> Server {
    Server::start_with(|builder, files| {
        files.write_client_ca(clients);
        builder.property("client_ca_file", &files.client_ca().display().to_string())
    })
}

/// Over TLS 1.3 the refusal comes after the client's side of the handshake.
fn ping(server: &Server, client: &TlsClient) -> std::io::Result<Response> {
    let request = get("/ping").key(&server.host.keys().inference.key);
    let address = server.host.address(Listener::Inference);
    Connection::try_open_encrypted(address, client)?.try_exchange(&request)
}

#[test]
fn a_client_needs_a_certificate_of_the_authority() {
    let clients = Authority::new();
    let server = server(&clients);
    let known = TlsClient::with_certificate(&server.authority, &clients.issue());
    let stranger = TlsClient::with_certificate(&server.authority, &Authority::new().issue());
    let expired = TlsClient::with_certificate(&server.authority, &clients.issue_until(2020));

    assert_eq!(ping(&server, &known).expect("a response").status, 200);
    for refused in [&server.client, &stranger, &expired] {
        assert!(ping(&server, refused).is_err());
    }

    eventually("the refusals are counted", || {
        let count = server.failed_handshakes("client_certificate")?;
        (count == "3").then_some(())
    });
}

/// The certificate is no key.
#[test]
fn a_client_with_a_certificate_still_needs_its_key() {
    let clients = Authority::new();
    let server = server(&clients);
    let known = TlsClient::with_certificate(&server.authority, &clients.issue());
    let mut connection = server.host.connect_encrypted(Listener::Inference, &known);
    assert!(crate::expect::is_denied(
        &connection.exchange(&get("/ping"))
    ));
}

#[test]
fn a_reload_replaces_the_authorities_of_clients() {
    let (old, new) = (Authority::new(), Authority::new());
    let server = server(&old);
    let of_old = TlsClient::with_certificate(&server.authority, &old.issue());
    let of_new = TlsClient::with_certificate(&server.authority, &new.issue());
    assert!(ping(&server, &of_old).is_ok() && ping(&server, &of_new).is_err());

    server.files.write_client_ca(&new);
    server.host.signal(Signal::HUP);
    let _ = server
        .host
        .log()
        .wait_for_lines_with("is in use, valid until", 2);

    // The old client cannot resume its session either.
    assert!(ping(&server, &of_old).is_err() && ping(&server, &of_new).is_ok());
}
