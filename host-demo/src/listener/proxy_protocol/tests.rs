use proptest::prelude::*;
use tokio::runtime::Builder;

use super::*;

/// What is read, and what is left for the client's bytes.
fn read(mut bytes: &[u8]) -> (Result<Option<SocketAddr>, ProxyHeaderError>, usize) {
    let runtime = Builder::new_current_thread().build().unwrap();
    let read = runtime.block_on(read_header(&mut bytes));
    (read, bytes.len())
}

#[track_caller]
fn assert_client(bytes: &[u8], expected: Option<&str>) {
    let all = [bytes, b"GET"].concat();
    let (read, left) = read(&all);
    assert_eq!(
        read.unwrap(),
        expected.map(|text| text.parse().unwrap()),
        "{bytes:?}"
    );
    assert_eq!(left, 3, "{bytes:?}");
}

fn binary(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
    [&SIGNATURE[..], &[command, family], &length, rest].concat()
}

#[test]
fn a_line_of_version_1_names_the_client() {
    assert_client(
        b"PROXY TCP4 192.0.2.1 10.0.0.1 4711 80\r\n",
        Some("192.0.2.1:4711"),
    );
    assert_client(
        b"PROXY TCP6 2001:db8::1 ::1 65535 0\r\n",
        Some("[2001:db8::1]:65535"),
    );
    assert_client(b"PROXY UNKNOWN\r\n", None);
    assert_client(b"PROXY UNKNOWN ffff:f 1 2 3\r\n", None);
}

#[test]
fn a_header_of_version_2_names_the_client() {
    let ipv4 = [192, 0, 2, 1, 10, 0, 0, 1, 0x12, 0x67, 0, 80];
    assert_client(&binary(0x21, 0x11, &ipv4), Some("192.0.2.1:4711"));
    let with_additions = [&ipv4[..], &[4, 0, 1, 0]].concat();
    assert_client(&binary(0x21, 0x11, &with_additions), Some("192.0.2.1:4711"));
    let mut ipv6 = [0; 36];
    ipv6[15] = 1;
    ipv6[33] = 80;
    assert_client(&binary(0x21, 0x21, &ipv6), Some("[::1]:80"));
    assert_client(&binary(0x20, 0x00, &[]), None);
    assert_client(&binary(0x20, 0x11, &ipv4), None);
    assert_client(&binary(0x21, 0x00, &[]), None);
    assert_client(&binary(0x21, 0x31, &[0; 216]), None);
}

#[test]
fn anything_else_is_refused() {
    for bytes in [
        &b"GET /ping HTTP/1.1\r\n\r\n"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"proxy TCP4 192.0.2.1 10.0.0.1 4711 80\r\n",
        b"PROXY  TCP4 192.0.2.1 10.0.0.1 4711 80\r\n",
        b"PROXY TCP4 192.0.2.1 10.0.0.1 4711\r\n",
        b"PROXY TCP4 192.0.2.1 10.0.0.1 4711 80 x\r\n",
        b"PROXY TCP4 192.0.2.1 10.0.0.1 4711 65536\r\n",
        b"PROXY TCP4 192.0.2.1 10.0.0.1 +4711 80\r\n",
        b"PROXY TCP4 192.0.2.1 10.0.0.1 04711 80\r\n",
        b"PROXY TCP4 2001:db8::1 ::1 1 2\r\n",
        b"PROXY TCP6 192.0.2.1 10.0.0.1 1 2\r\n",
        b"PROXY UDP4 192.0.2.1 10.0.0.1 1 2\r\n",
        b"PROXY UNKNOWN\n and no end of a line",
        &[b"PROXY UNKNOWN ".as_slice(), &[b'x'; 100]].concat(),
        &binary(0x11, 0x11, &[0; 12]),
        &binary(0x22, 0x11, &[0; 12]),
        &binary(0x21, 0x12, &[0; 12]),
        &binary(0x21, 0x11, &[0; 11]),
        &binary(0x21, 0x21, &[0; 35]),
        &binary(0x21, 0x11, &[0; 2049]),
        &binary(0x21, 0x11, &[0; 12])[..20],
        b"",
    ] {
        assert!(read(bytes).0.is_err(), "{bytes:?}");
    }
}

proptest! {
    #[test]
    fn any_client_is_read_in_both_versions(client: SocketAddr) {
        let (family, zeros) = if client.is_ipv4() { ("TCP4", "0.0.0.0") } else { ("TCP6", "::") };
        let line = format!("PROXY {family} {} {zeros} {} 1\r\n", client.ip(), client.port());
        let expected = Some(SocketAddr::new(client.ip(), client.port()));
        prop_assert_eq!(read(line.as_bytes()).0.unwrap(), expected);
        let octets = match client.ip() {
            std::net::IpAddr::V4(address) => address.octets().to_vec(),
            std::net::IpAddr::V6(address) => address.octets().to_vec(),
        };
        let rest = [&octets, &octets, &client.port().to_be_bytes()[..], &[0, 1]].concat();
        let family = if client.is_ipv4() { 0x11 } else { 0x21 };
        prop_assert_eq!(read(&binary(0x21, family, &rest)).0.unwrap(), expected);
    }

    #[test]
    fn any_bytes_are_read_or_refused(
        start in prop_oneof![Just(SIGNATURE.to_vec()), Just(b"PROXY TCP4 ".to_vec()), Just(vec![])],
        rest in proptest::collection::vec(any::<u8>(), 0..150),
    ) {
        let _ = read(&[start, rest].concat());
    }
}
