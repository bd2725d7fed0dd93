use super::*;

fn headers(fields: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, value.parse().unwrap());
    }
    headers
}

#[test]
fn names_with_underscores_for_those_of_the_host_are_removed() {
    let mut given = headers(&[
        ("x_token_principal", "root"),
        ("x-token_principal", "root"),
        ("x_forwarded_for", "192.0.2.1"),
        ("x_forwarded-prefix", "/evil"),
        ("x_real_ip", "192.0.2.1"),
        ("content_length", "5"),
        ("transfer_encoding", "chunked"),
        ("session_id", "1"),
        ("x-token-principal", "0123"),
    ]);
    remove_equivalents(&mut given);
    assert_eq!(
        given,
        headers(&[("session_id", "1"), ("x-token-principal", "0123")])
    );
}

#[test]
fn the_parts_of_a_cookie_become_one_line_in_their_order() {
    let mut split = headers(&[("cookie", "a=b"), ("x-a", "b"), ("cookie", "c=d; e=f")]);
    join_cookies(&mut split);
    assert_eq!(split, headers(&[("cookie", "a=b; c=d; e=f"), ("x-a", "b")]));

    let mut whole = headers(&[("cookie", "a=b")]);
    join_cookies(&mut whole);
    assert_eq!(whole, headers(&[("cookie", "a=b")]));
}
