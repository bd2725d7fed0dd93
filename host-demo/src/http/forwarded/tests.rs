use http::HeaderValue;
use proptest::prelude::*;

use super::*;

fn lines(name: &'static str, lines: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(name, HeaderValue::from_str(line).unwrap());
    }
    headers
}

fn shown(hops: impl IntoIterator<Item = Option<IpAddr>>) -> Vec<String> {
    let shown = |hop: Option<IpAddr>| hop.map_or_else(|| "-".to_owned(), |hop| hop.to_string());
    hops.into_iter().map(shown).collect()
}

fn forwarded(text: &[&str]) -> Vec<String> {
    shown(forwarded_hops(&lines(FORWARDED, text)))
}

fn x_forwarded_for(text: &[&str]) -> Vec<String> {
    shown(x_forwarded_for_hops(&lines(X_FORWARDED_FOR, text)))
}

#[test]
fn the_entries_of_x_forwarded_for_are_read_over_all_lines() {
    assert_eq!(
        x_forwarded_for(&[
            "192.0.2.1, 2001:db8::1",
            "[2001:db8::2]:443 ,\t192.0.2.3:80"
        ]),
        ["192.0.2.1", "2001:db8::1", "2001:db8::2", "192.0.2.3"]
    );
    assert_eq!(
        x_forwarded_for(&["unknown,,::ffff:192.0.2.1,1.2.3,192.0.2.256, 192.0.2.1x"]),
        ["-", "-", "192.0.2.1", "-", "-", "-"]
    );
    assert!(x_forwarded_for(&[]).is_empty());
}

#[test]
fn the_entries_of_forwarded_are_read_over_all_lines() {
    assert_eq!(
        forwarded(&[
            r#"for=192.0.2.43, FOR="[2001:db8:cafe::17]:4711";proto=http; by=203.0.113.43"#,
            r#"proto=https;for="192.0.2.1:80";host="a,for=6.6.6.6;x=\"y""#,
        ]),
        ["192.0.2.43", "2001:db8:cafe::17", "192.0.2.1"]
    );
    assert_eq!(
        forwarded(&["for=unknown, for=_hidden, proto=http, for=\"1.2.3.4\\\"\""]),
        ["-", "-", "-", "-"]
    );
    // Not as the grammar has it, but without a second meaning.
    assert_eq!(forwarded(&["for=[2001:db8::1]:80"]), ["2001:db8::1"]);
}

#[test]
fn a_malformed_forwarded_names_nobody() {
    for line in [
        "",
        ",",
        "for",
        "for=",
        "for=1.2.3.4,",
        "for=1.2.3.4;",
        "for = 1.2.3.4",
        "for=\"1.2.3.4",
        "for=\"1.2.3.4\"x",
        "for=1.2.3.4;for=1.2.3.5",
        "for=1.2.3.4 proto=http",
        "for=1.2.3.4;host=a\"b",
    ] {
        assert_eq!(forwarded(&["for=192.0.2.1", line]), ["-"], "{line}");
    }
}

proptest! {
    #[test]
    fn an_address_is_read_as_it_was_written(address: IpAddr, port: u16) {
        let canonical = address.to_canonical();
        let socket = SocketAddr::new(address, port);
        prop_assert_eq!(super::address(address.to_string().as_bytes()), Some(canonical));
        prop_assert_eq!(super::address(socket.to_string().as_bytes()), Some(canonical));
        let hops = forwarded_hops(&lines(FORWARDED, &[&format!("for=\"{socket}\"")]));
        prop_assert_eq!(hops, [Some(canonical)]);
    }

    #[test]
    fn any_line_is_read(line in "[a-z=\",;\\\\ .:0-9\\[\\]]{0,40}") {
        if let Ok(value) = HeaderValue::from_str(&line) {
            let mut headers = HeaderMap::new();
            headers.insert(FORWARDED, value.clone());
            headers.insert(X_FORWARDED_FOR, value);
            prop_assert!(!forwarded_hops(&headers).is_empty());
            prop_assert_eq!(x_forwarded_for_hops(&headers).count(), line.split(',').count());
        }
    }
}
