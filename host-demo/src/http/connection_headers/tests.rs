use super::*;

#[test]
fn headers_of_framing_and_connection_are_recognized() {
    for (name, expected) in [
        ("connection", true),
        ("Content-Length", true),
        ("transfer-encoding", true),
        ("upgrade", true),
        ("content-type", false),
        ("content-encoding", false),
    ] {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        assert_eq!(is_connection_header(&name), expected, "{name}");
    }
}

#[test]
fn the_members_of_a_list_are_those_of_all_its_lines() {
    let mut headers = HeaderMap::new();
    headers.append(CONNECTION, "close ,\tTE".parse().unwrap());
    headers.append(CONNECTION, ",x".parse().unwrap());

    let members: Vec<_> = members(&headers, CONNECTION).collect();

    assert_eq!(members, [&b"close"[..], b"TE", b"", b"x"]);
}
