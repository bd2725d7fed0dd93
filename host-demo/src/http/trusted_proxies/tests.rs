use proptest::prelude::*;

use super::*;

fn proxies(text: &str) -> TrustedProxies {
    text.parse().unwrap()
}

#[test]
fn addresses_and_networks_are_trusted() {
    let proxies = proxies("127.0.0.1, 10.0.0.0/8 ,2001:db8::/32,::1,::ffff:192.0.2.7");
    for (address, expected) in [
        ("127.0.0.1", true),
        ("127.0.0.2", false),
        ("10.255.0.1", true),
        ("11.0.0.0", false),
        ("::ffff:10.1.2.3", true),
        ("2001:db8:1::1", true),
        ("2001:db9::", false),
        ("::1", true),
        ("192.0.2.7", true),
    ] {
        let address = address.parse().unwrap();
        assert_eq!(proxies.contains(address), expected, "{address}");
    }
}

#[test]
fn without_the_setting_nobody_is_trusted() {
    assert_eq!(proxies(" "), TrustedProxies::default());
    assert!(!TrustedProxies::default().contains("127.0.0.1".parse().unwrap()));
}

#[test]
fn what_is_no_list_of_networks_is_refused() {
    for text in [
        ",",
        "10.0.0.0/8,",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "2001:db8::1/32",
        "localhost",
        "*",
        "10.0.0",
        "10.0.0.1:80",
        "10.0.0.0/255.0.0.0",
        "[::1]",
    ] {
        assert!(text.parse::<TrustedProxies>().is_err(), "{text}");
    }
    let many = vec!["::1"; 257].join(",");
    assert_eq!(many.parse::<TrustedProxies>(), Err("at most 256 networks"));
}

proptest! {
    #[test]
    fn an_address_alone_trusts_nobody_else(one: IpAddr, other: IpAddr) {
        let proxies = proxies(&one.to_string());
        prop_assert!(proxies.contains(one));
        prop_assert_eq!(proxies.contains(other), one.to_canonical() == other.to_canonical());
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[0-9a-f.:/, ]{0,40}") {
        let _ = text.parse::<TrustedProxies>();
    }
}
