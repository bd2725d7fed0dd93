use std::io;

use rustls::pki_types::{DnsName, IpAddr};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, duplex},
    runtime::LocalRuntime,
    task::spawn_local,
};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::{
    telemetry::error_chain::error_chain,
    tls::test_support::{Authority, Folder, Issued},
};

/// Trusts one authority.
fn trusting(authority: &Authority) -> ClientTls {
    let folder = Folder::new();
    let ca_file = folder.write("ca.pem", &authority.pem());
    ClientTls::new(Some(&ca_file)).unwrap()
}

/// The protocol that a connection to a server has, which sends one byte each way.
fn connect(
    client: &ClientTls,
    offer: Offer,
    host: &str,
    server: &Issued,
    accepted: &[&str],
) -> io::Result<Option<String>> {
    let name = server_name(host).unwrap();
    let acceptor = TlsAcceptor::from(server.server_config(accepted));
    LocalRuntime::new().unwrap().block_on(async {
        let (near, far) = duplex(16 * 1024);
        spawn_local(async move {
            if let Ok(mut stream) = acceptor.accept(far).await {
                let byte = stream.read_u8().await.unwrap();
                stream.write_u8(byte + 1).await.unwrap();
                stream.shutdown().await.unwrap();
            }
        });
        let mut stream = client.connector(offer).connect(name, near).await?;
        stream.write_u8(1).await?;
        assert_eq!(stream.read_u8().await?, 2);
        let protocol = stream.get_ref().1.alpn_protocol();
        Ok(protocol.map(|name| String::from_utf8_lossy(name).into_owned()))
    })
}

fn refusal(client: &ClientTls, host: &str, server: &Issued) -> String {
    let error = connect(client, Offer::Http1, host, server, &[]).unwrap_err();
    error.to_string()
}

#[test]
fn an_upstream_with_a_certificate_of_the_file_and_its_name_is_trusted() {
    let authority = Authority::new();
    let server = authority.issue(&["model.test", "127.0.0.1", "::1"]);
    let client = trusting(&authority);
    for host in ["model.test", "127.0.0.1", "::1", "[::1]"] {
        let protocol = connect(&client, Offer::Http1, host, &server, &["http/1.1"]);
        assert_eq!(protocol.unwrap().as_deref(), Some("http/1.1"), "{host}");
    }
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let authority = Authority::new();
    let server = authority.issue(&["model.test", "127.0.0.1"]);
    let client = trusting(&authority);
    for host in ["other.test", "sub.model.test", "127.0.0.2", "[::1]"] {
        let error = refusal(&client, host, &server);
        assert!(
            error.contains("certificate not valid for name"),
            "{host}: {error}"
        );
    }
}

#[test]
fn a_certificate_of_another_authority_or_of_last_year_is_refused() {
    let authority = Authority::new();
    let client = trusting(&authority);
    let error = refusal(
        &client,
        "model.test",
        &Authority::new().issue(&["model.test"]),
    );
    assert!(error.contains("invalid peer certificate"), "{error}");
    let expired = authority.issue_until(&["model.test"], (2020, 1, 1));
    let error = refusal(&client, "model.test", &expired);
    assert!(error.contains("certificate expired"), "{error}");
}

#[test]
fn the_upstream_chooses_among_the_protocols_that_are_offered() {
    let authority = Authority::new();
    let server = authority.issue(&["model.test"]);
    let client = trusting(&authority);
    for (offer, accepted, expected) in [
        (Offer::Http1, &["h2", "http/1.1"][..], Some("http/1.1")),
        (Offer::Http2, &["h2", "http/1.1"], Some("h2")),
        // A server without ALPN.
    ] {
        let protocol = connect(&client, offer, "model.test", &server, accepted);
        assert_eq!(
            protocol.unwrap().as_deref(),
            expected,
            "{offer:?} {accepted:?}"
        );
    }
    let none = connect(&client, Offer::Http2, "model.test", &server, &["http/1.1"]);
    assert!(none.is_err(), "{none:?}");
}

#[test]
fn a_file_of_roots_that_cannot_be_used_is_named_with_its_setting() {
    let folder = Folder::new();
    let path = folder.write("ca.pem", "no PEM");
    let error = ClientTls::new(Some(&path)).unwrap_err();
    assert!(
        error_chain(&error).starts_with("upstream_ca_file /")
            && error_chain(&error).contains("holds no certificate"),
        "{error}"
    );
}

#[test]
fn the_system_without_roots_is_named_with_the_remedy() {
    let none = TlsError::NoSystemRoots {
        setting: CA_FILE,
        reasons: vec!["no such folder".to_owned()],
    };
    assert_eq!(
        none.to_string(),
        "the system has no root certificates: install them (ca-certificates), or name a file with \
         upstream_ca_file (no such folder)"
    );
}

#[test]
fn a_host_is_a_dns_name_or_an_address() {
    let dns = ServerName::DnsName(DnsName::try_from("model.test").unwrap());
    assert_eq!(server_name("model.test").unwrap(), dns);
    let address = ServerName::IpAddress(IpAddr::try_from("::1").unwrap());
    assert_eq!(server_name("[::1]").unwrap(), address);
    for host in ["", "a b", "[model.test", "127.0.0.1:80", "-"] {
        let error = server_name(host).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("neither a DNS name nor an IP address"),
            "{host}"
        );
    }
}
