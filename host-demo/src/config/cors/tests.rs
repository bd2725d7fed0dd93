use super::*;

#[test]
fn an_origin_is_a_star_or_scheme_and_authority() {
    for text in [
        "*",
        "https://example.org",
        "http://localhost:3000",
        "http://[::1]:80",
    ] {
        assert_eq!(origin(text).unwrap(), text);
    }
    for text in [
        "",
        "example.org",
        "https://",
        "https://example.org/",
        "https://a.example,https://b.example",
        "https://user@example.org",
        "ftp://example.org",
        "* ",
    ] {
        assert!(origin(text).is_err(), "{text:?}");
    }
}

#[test]
fn methods_and_headers_are_lists_of_names() {
    assert_eq!(methods("GET, POST").unwrap(), "GET, POST");
    assert_eq!(headers("authorization,x-a").unwrap(), "authorization,x-a");
    for text in ["", "GET,", "GET POST", "GET,\r\nX: y"] {
        assert!(methods(text).is_err(), "{text:?}");
        assert!(headers(text).is_err(), "{text:?}");
    }
}
