use super::*;

#[test]
fn a_short_visible_id_of_the_client_is_passed_and_others_are_replaced() {
    let ids = RequestIds::new(0xab);
    let of = |values: &[&str]| {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(REQUEST_ID, value.parse().unwrap());
        }
        ids.of(&headers).to_str().unwrap().to_owned()
    };
    assert_eq!(of(&["client-1"]), "client-1");
    assert_eq!(of(&[]), "00000000000000ab0000000000000000");
    assert_eq!(of(&["a", "b"]), "00000000000000ab0000000000000001");
    assert_eq!(of(&[""]), "00000000000000ab0000000000000002");
    assert_eq!(of(&["a b"]), "00000000000000ab0000000000000003");
    assert_eq!(of(&[&"a".repeat(129)]), "00000000000000ab0000000000000004");
}
