use proptest::prelude::*;

use super::*;

#[test]
fn a_host_is_a_name_or_an_address_with_or_without_a_port() {
    for text in [
        "localhost",
        "Gateway.Example",
        "door_1.example.",
        "gateway.example:8443",
        "192.0.2.1:0",
        "[::1]",
        "[2001:db8::1]:65535",
    ] {
        let host = RequestHost::parse(text.as_bytes()).unwrap();
        assert_eq!(host.as_str(), text);
    }
}

#[test]
fn anything_else_is_no_host() {
    for text in [
        "",
        ":80",
        "gateway:",
        "gateway:x",
        "gateway:+80",
        "gateway:65536",
        "gateway:80:80",
        "user@gateway",
        "gateway/path",
        "gateway?x",
        "gateway#x",
        "a b",
        "a,b",
        "a;b",
        "a\\b",
        "a\"b",
        "%64oor",
        "[::1",
        "::1",
        "[::1]x",
        "[::1]:",
        "[gateway]",
        "[fe80::1%25eth0]",
        "t\u{fc}r",
    ] {
        assert_eq!(RequestHost::parse(text.as_bytes()), None, "{text}");
    }
    assert_eq!(RequestHost::parse(b"gateway\xff"), None);
}

#[test]
fn letter_case_and_the_default_port_make_no_other_host() {
    for (one, other, expected) in [
        ("Gateway", "gateway", true),
        ("gateway:80", "gateway", true),
        ("gateway:81", "gateway", false),
        ("gateway:81", "GATEWAY:81", true),
        ("gateway.", "gateway", false),
        ("[::1]", "[::1]:80", true),
    ] {
        let [one, other] = [one, other].map(|text| RequestHost::parse(text.as_bytes()).unwrap());
        assert_eq!(one.is_same(other, 80), expected, "{one:?} {other:?}");
    }
}

proptest! {
    #[test]
    fn what_is_parsed_is_an_authority_without_user_information(text in "[ -~]{0,12}") {
        if let Some(host) = RequestHost::parse(text.as_bytes()) {
            let authority: http::uri::Authority = host.as_str().parse().unwrap();
            prop_assert_eq!(authority.host(), host.name);
            prop_assert_eq!(authority.port_u16(), host.port);
        }
    }
}
