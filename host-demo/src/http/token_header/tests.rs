use super::*;

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

fn moved(headers: &[(HeaderName, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(name, value.parse().unwrap());
    }
    move_to_authorization(&mut map, &X_API_KEY);
    map
}

#[test]
fn the_value_becomes_a_bearer_token_and_its_own_header_goes() {
    let headers = moved(&[(X_API_KEY, "key")]);
    assert_eq!(headers[AUTHORIZATION], "Bearer key");
    assert_eq!(headers.len(), 1);
}

#[test]
fn each_value_counts_so_that_two_keys_stay_two() {
    for headers in [
        moved(&[(X_API_KEY, "one"), (X_API_KEY, "two")]),
        moved(&[(AUTHORIZATION, "Bearer one"), (X_API_KEY, "two")]),
    ] {
        assert_eq!(headers.get_all(AUTHORIZATION).iter().count(), 2);
    }
}

#[test]
fn a_request_without_the_header_is_unchanged() {
    let headers = moved(&[(AUTHORIZATION, "Bearer one")]);
    assert_eq!(headers[AUTHORIZATION], "Bearer one");
}
