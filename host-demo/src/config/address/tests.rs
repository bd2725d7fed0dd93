use proptest::prelude::*;

use super::{DefaultPorts, InvalidListenAddress, ListenAddress, Scheme};

fn parse(text: &str) -> Result<ListenAddress, InvalidListenAddress> {
    let (http, https) = (80, 443);
    ListenAddress::parse(text, DefaultPorts { http, https })
}

fn address(text: &str) -> ListenAddress {
    parse(text).unwrap()
}

#[test]
fn addresses_of_torchserve_are_read() {
    for (text, socket_address) in [
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("HTTP://0.0.0.0:0", "0.0.0.0:0"),
        ("http://[::1]:8443", "[::1]:8443"),
        ("http://[::]", "[::]:80"),
        ("http://192.0.2.1", "192.0.2.1:80"),
        ("http://localhost:8080", "127.0.0.1:8080"),
        ("http://LocalHost", "127.0.0.1:80"),
    ] {
        assert_eq!(
            address(text).socket_address().to_string(),
            socket_address,
            "{text}"
        );
    }
}

#[test]
fn everything_else_is_refused() {
    for text in [
        "",
        "http://",
        "127.0.0.1:8080",
        "http://example.org:8080",
        "http://127.0.0.1:65536",
        "http://127.0.0.1:",
        "http://127.0.0.1:80/",
        "http://::1:80",
        "http://[::1]x",
        "http://:8080",
        "unix:/tmp/socket",
        "ftp://127.0.0.1:21",
        "http://127.0.0.1:8080 ",
        "http://localhost:",
        "http://user@127.0.0.1:80",
        "HTTPS://example.org",
        "httpss://127.0.0.1:1",
    ] {
        assert_eq!(parse(text), Err(InvalidListenAddress), "{text}");
    }
}

#[test]
fn the_scheme_and_its_default_port_are_read() {
    for (text, scheme, shown) in [
        ("http://127.0.0.1", Scheme::Http, "http://127.0.0.1:80"),
        ("https://127.0.0.1", Scheme::Https, "https://127.0.0.1:443"),
        ("HTTPS://[::1]", Scheme::Https, "https://[::1]:443"),
        (
            "https://localhost:8443",
            Scheme::Https,
            "https://127.0.0.1:8443",
        ),
    ] {
        let address = address(text);
        assert_eq!(
            (address.scheme(), address.to_string()),
            (scheme, shown.to_owned())
        );
    }
}

#[test]
fn one_socket_with_two_schemes_is_a_contradiction_but_for_port_0() {
    for (one, other, expected) in [
        ("http://127.0.0.1:1", "https://127.0.0.1:1", true),
        ("http://127.0.0.1:1", "http://127.0.0.1:1", false),
        ("http://127.0.0.1:1", "https://127.0.0.1:2", false),
        ("http://127.0.0.1:0", "https://127.0.0.1:0", false),
    ] {
        assert_eq!(
            address(one).contradicts(address(other)),
            expected,
            "{one} {other}"
        );
    }
}

#[test]
fn only_loopback_addresses_count_as_this_machine() {
    for (text, expected) in [
        ("http://127.0.0.1:1", true),
        ("http://127.9.9.9:1", true),
        ("http://[::1]:1", true),
        ("http://[::ffff:127.0.0.1]:1", true),
        ("http://localhost:1", true),
        ("http://0.0.0.0:1", false),
        ("http://[::]:1", false),
        ("http://192.0.2.1:1", false),
    ] {
        assert_eq!(address(text).is_loopback(), expected, "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>(), host in r"[0-9:.\[\]a%/]{0,20}") {
        let _ = parse(&text);
        let _ = parse(&format!("http://{host}"));
    }

    #[test]
    fn an_address_is_read_as_it_is_written(ip in any::<std::net::IpAddr>(), port in any::<u16>()) {
        let text = format!("http://{}", std::net::SocketAddr::from((ip, port)));
        prop_assert_eq!(address(&text).to_string(), text);
    }
}
