use http::HeaderValue;
use proptest::prelude::*;

use super::*;

const PROXIES: &str = "10.0.0.0/8,2001:db8::/32";
const PROXY: &str = "10.0.0.1";

fn client(peer: &str, fields: &[(&'static str, &str)]) -> String {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    let peer = peer.parse().unwrap();
    client_address(peer, &headers, &PROXIES.parse().unwrap()).to_string()
}

#[test]
fn the_word_of_an_untrusted_peer_counts_for_nothing() {
    let fields = [(X_FORWARDED_FOR, "192.0.2.1"), (FORWARDED, "for=192.0.2.1")];
    assert_eq!(client("203.0.113.9", &fields), "203.0.113.9");
    assert_eq!(client("::ffff:203.0.113.9", &fields), "203.0.113.9");
}

#[test]
fn the_client_is_the_last_address_that_is_no_proxys() {
    for (list, expected) in [
        ("192.0.2.1", "192.0.2.1"),
        ("6.6.6.6, 192.0.2.1", "192.0.2.1"),
        ("6.6.6.6, 192.0.2.1, 10.0.0.2", "192.0.2.1"),
        ("6.6.6.6, 192.0.2.1, 10.0.0.2, 2001:db8::7", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db9::1", "2001:db9::1"),
    ] {
        assert_eq!(
            client(PROXY, &[(X_FORWARDED_FOR, list)]),
            expected,
            "{list}"
        );
        assert_eq!(
            client("::ffff:10.0.0.1", &[(X_FORWARDED_FOR, list)]),
            expected,
            "{list}"
        );
        let element = |one: &str| format!("for=\"[{}]\"", one.trim()).replace("[10.", "10.");
        let elements = list.split(',').map(|one| match one.contains(':') {
            true => element(one),
            false => format!("for={}", one.trim()),
        });
        let forwarded = elements.collect::<Vec<_>>().join(", ");
        assert_eq!(
            client(PROXY, &[(FORWARDED, &forwarded)]),
            expected,
            "{forwarded}"
        );
    }
}

#[test]
fn if_all_addresses_are_proxies_the_first_is_the_client() {
    assert_eq!(
        client(PROXY, &[(X_FORWARDED_FOR, "10.0.0.3, 10.0.0.2")]),
        "10.0.0.3"
    );
    assert_eq!(client(PROXY, &[]), PROXY);
}

#[test]
fn a_malformed_entry_leaves_the_proxy_that_wrote_it() {
    for (list, expected) in [
        ("", PROXY),
        ("192.0.2.1, ", PROXY),
        ("192.0.2.1, unknown", PROXY),
        ("192.0.2.1, unknown, 10.0.0.2", "10.0.0.2"),
        ("192.0.2.1, evil\u{e9}, 10.0.0.2", "10.0.0.2"),
    ] {
        assert_eq!(
            client(PROXY, &[(X_FORWARDED_FOR, list)]),
            expected,
            "{list}"
        );
    }
    assert_eq!(
        client(PROXY, &[(FORWARDED, "for=\", for=192.0.2.1")]),
        PROXY
    );
}

#[test]
fn two_headers_that_disagree_leave_the_peer() {
    let both = |forwarded, list| client(PROXY, &[(FORWARDED, forwarded), (X_FORWARDED_FOR, list)]);
    assert_eq!(both("for=192.0.2.1", "192.0.2.1"), "192.0.2.1");
    assert_eq!(both("for=6.6.6.6", "192.0.2.1"), PROXY);
    assert_eq!(both("for=192.0.2.1", "6.6.6.6"), PROXY);
}

proptest! {
    #[test]
    fn what_a_client_writes_before_the_proxys_entry_changes_nothing(
        written in "[ -~]{0,40}",
        client: IpAddr,
    ) {
        let trusted: TrustedProxies = PROXIES.parse().unwrap();
        prop_assume!(!trusted.contains(client));
        let mut headers = HeaderMap::new();
        headers.append(X_FORWARDED_FOR, HeaderValue::try_from(written).unwrap());
        headers.append(X_FORWARDED_FOR, HeaderValue::try_from(client.to_string()).unwrap());
        let peer = PROXY.parse().unwrap();
        prop_assert_eq!(client_address(peer, &headers, &trusted), client.to_canonical());
    }

    #[test]
    fn an_untrusted_peer_is_always_the_client(
        peer: IpAddr,
        x_forwarded_for in "[ -~]{0,40}",
        forwarded in "[ -~]{0,40}",
    ) {
        let trusted: TrustedProxies = PROXIES.parse().unwrap();
        prop_assume!(!trusted.contains(peer));
        let mut headers = HeaderMap::new();
        headers.insert(X_FORWARDED_FOR, HeaderValue::try_from(x_forwarded_for).unwrap());
        headers.insert(FORWARDED, HeaderValue::try_from(forwarded).unwrap());
        prop_assert_eq!(client_address(peer, &headers, &trusted), peer.to_canonical());
    }
}
