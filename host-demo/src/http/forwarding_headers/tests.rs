use proptest::prelude::*;

use super::*;

fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
    let fields = fields.iter().map(|(name, value)| {
        let value = HeaderValue::from_str(value).unwrap();
        (HeaderName::from_static(name), value)
    });
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(name, value);
    }
    headers
}

fn removed(fields: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = headers(fields);
    remove_hop_by_hop(&mut headers);
    headers
}

#[test]
fn what_applies_to_one_connection_is_removed() {
    let removed = removed(&[
        ("connection", "keep-alive, Upgrade"),
        ("keep-alive", "timeout=5"),
        ("proxy-connection", "keep-alive"),
        ("proxy-authenticate", "Basic"),
        ("proxy-authorization", "Basic abc"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "websocket"),
        ("http2-settings", "AAMAAABkAAQAAP__"),
        ("te", "gzip"),
    ]);
    assert_eq!(removed, HeaderMap::new());
}

#[test]
fn what_describes_the_message_stays() {
    let fields = [
        ("content-type", "text/plain"),
        ("content-length", "3"),
        ("trailer", "x-sum"),
        ("expect", "100-continue"),
        ("x-other", "1"),
    ];
    assert_eq!(removed(&fields), headers(&fields));
}

#[test]
fn what_connection_names_is_removed_in_any_case_and_on_any_line() {
    let removed = removed(&[
        ("connection", "close, X-One ,x-absent,, \t"),
        ("connection", "x-two"),
        ("x-one", "1"),
        ("x-one", "again"),
        ("x-two", "2"),
        ("x-three", "3"),
    ]);
    assert_eq!(removed, headers(&[("x-three", "3")]));
}

#[test]
fn that_trailers_are_accepted_is_passed_on() {
    for te in ["trailers", "Trailers", "gzip;q=0.5, trailers"] {
        let removed = removed(&[("connection", "TE"), ("te", te)]);
        assert_eq!(removed, headers(&[("te", "trailers")]), "{te}");
    }
}

proptest! {
    #[test]
    fn nothing_that_connection_names_is_left(
        names in proptest::collection::vec("[a-zA-Z][a-zA-Z0-9-]{0,20}", 0..6),
        other in "x-kept-[a-z]{1,8}",
    ) {
        let mut headers = HeaderMap::new();
        for name in &names {
            headers.append(HeaderName::try_from(name.as_str()).unwrap(), HeaderValue::from(1));
        }
        headers.append(HeaderName::try_from(other.as_str()).unwrap(), HeaderValue::from(2));
        headers.insert(CONNECTION, HeaderValue::try_from(names.join(", ")).unwrap());

        remove_hop_by_hop(&mut headers);

        let is_named = names.iter().any(|name| name.eq_ignore_ascii_case(&other));
        prop_assert_eq!(headers.len(), usize::from(!is_named));
    }
}
