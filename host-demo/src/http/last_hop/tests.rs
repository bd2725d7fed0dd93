use super::*;

fn written(
    peer: &str,
    client: &str,
    is_trusted: bool,
    fields: &[(&'static str, &str)],
) -> Vec<String> {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    let hop = LastHop {
        peer: peer.parse().unwrap(),
        client: client.parse().unwrap(),
        is_trusted,
        scheme: &Scheme::HTTPS,
        host: RequestHost::parse(b"gateway.example:8443"),
    };
    hop.write(&mut headers);
    let shown =
        |(name, value): (&HeaderName, &HeaderValue)| format!("{name}: {}", value.to_str().unwrap());
    let mut lines: Vec<_> = headers.iter().map(shown).collect();
    lines.sort();
    lines
}

#[test]
fn the_way_of_a_direct_request_begins_here() {
    assert_eq!(
        written("192.0.2.1", "192.0.2.1", false, &[("x-other", "1")]),
        [
            "forwarded: for=192.0.2.1;host=\"gateway.example:8443\";proto=https",
            "x-forwarded-for: 192.0.2.1",
            "x-forwarded-host: gateway.example:8443",
            "x-forwarded-proto: https",
            "x-other: 1",
        ]
    );
    assert_eq!(
        written("2001:db8::1", "2001:db8::1", false, &[])[..2],
        [
            "forwarded: for=\"[2001:db8::1]\";host=\"gateway.example:8443\";proto=https",
            "x-forwarded-for: 2001:db8::1",
        ]
    );
}

#[test]
fn what_an_untrusted_peer_wrote_is_replaced() {
    let forged = [
        ("forwarded", "for=6.6.6.6"),
        ("x-forwarded-for", "6.6.6.6"),
        ("x-forwarded-for", "6.6.6.7"),
        ("x-forwarded-host", "evil"),
        ("x-forwarded-proto", "gopher"),
        ("x-forwarded-prefix", "/evil"),
        ("x-forwarded-user", "root"),
        ("x-real-ip", "6.6.6.6"),
    ];
    assert_eq!(
        written("::ffff:192.0.2.1", "192.0.2.1", false, &forged),
        written("192.0.2.1", "192.0.2.1", false, &[])
    );
}

#[test]
fn what_a_trusted_proxy_wrote_is_continued() {
    let fields = [
        ("forwarded", "for=192.0.2.1"),
        ("x-forwarded-for", "6.6.6.6"),
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-host", "outside.example"),
        ("x-forwarded-port", "443"),
        ("x-forwarded-proto", "http"),
    ];
    assert_eq!(
        written("10.0.0.1", "192.0.2.1", true, &fields),
        [
            "forwarded: for=192.0.2.1, for=10.0.0.1;host=\"gateway.example:8443\";proto=https",
            "x-forwarded-for: 6.6.6.6, 192.0.2.1, 10.0.0.1",
            "x-forwarded-host: outside.example",
            "x-forwarded-port: 443",
            "x-forwarded-proto: http",
        ]
    );
}

#[test]
fn the_list_that_a_trusted_proxy_did_not_write_begins_with_the_client() {
    let lines = written(
        "10.0.0.1",
        "192.0.2.1",
        true,
        &[("x-forwarded-for", "192.0.2.1")],
    );
    assert_eq!(
        lines[0],
        "forwarded: for=192.0.2.1, for=10.0.0.1;host=\"gateway.example:8443\";proto=https"
    );
    let lines = written(
        "10.0.0.1",
        "2001:db9::1",
        true,
        &[("forwarded", "for=\"[2001:db9::1]\"")],
    );
    assert_eq!(lines[1], "x-forwarded-for: 2001:db9::1, 10.0.0.1");
}

#[test]
fn a_header_that_has_one_value_is_set_if_it_has_two() {
    let fields = [
        ("x-forwarded-proto", "http"),
        ("x-forwarded-proto", "https, http"),
    ];
    let lines = written("10.0.0.1", "10.0.0.1", true, &fields);
    assert_eq!(lines[3], "x-forwarded-proto: https");
}
