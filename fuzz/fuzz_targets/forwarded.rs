//! The address of a client behind proxies: whoever is no trusted proxy names nobody, and what stands before
//! the entry that a trusted proxy wrote changes nothing.
#![no_main]

use std::net::{IpAddr, Ipv4Addr};

use fuzz::input::Input;
use host_demo::{config::TrustedProxies, fuzzing::http::client_address};
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;

const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

// Lines, each of which begins with a byte that chooses the header.
fuzz_target!(|bytes: &[u8]| {
    let trusted: TrustedProxies = "10.0.0.0/8,fd00::/8".parse().expect("networks");
    let mut input = Input::new(bytes);
    let mut headers = HeaderMap::new();
    while !input.is_empty() {
        let name = *input.choose(&["forwarded", "x-forwarded-for"]);
        let Ok(value) = HeaderValue::from_bytes(input.until(b'\n')) else {
            return;
        };
        headers.append(name, value);
    }
    assert_eq!(client_address(CLIENT, &headers, &trusted), CLIENT);
    assert_eq!(
        client_address(PROXY, &headers, &TrustedProxies::default()),
        PROXY
    );

    let client = client_address(PROXY, &headers, &trusted);
    assert_eq!(client, client.to_canonical());
    if client != PROXY {
        let is_named = headers
            .values()
            .any(|value| names(value.as_bytes(), client));
        assert!(is_named, "{client} of {headers:?}");
    }

    // What the client itself wrote comes first; the proxy adds the client's address.
    for (name, entry) in [
        ("forwarded", "for=192.0.2.1"),
        ("x-forwarded-for", "192.0.2.1"),
    ] {
        let mut lines = HeaderMap::new();
        for line in headers.get_all(name) {
            lines.append(name, line.clone());
        }
        lines.append(name, HeaderValue::from_static(entry));
        let client = client_address(PROXY, &lines, &trusted);
        // A header that is malformed is not read at all.
        assert!(
            client == CLIENT || client == PROXY && name == "forwarded",
            "{client} of {lines:?}"
        );
    }
});

// Whether a text holds an address, in any of its forms.
fn names(value: &[u8], address: IpAddr) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let runs = value
        .split(|byte| !is_part(byte))
        .filter_map(|run| std::str::from_utf8(run).ok());
    runs.flat_map(|run| [Some(run), run.rsplit_once(':').map(|(host, _)| host)])
        .flatten()
        .filter_map(|run| run.parse::<IpAddr>().ok())
        .any(|found| found.to_canonical() == address)
}
