use super::{Response, parse};

#[test]
fn a_response_is_its_status_and_what_follows_the_head() {
    let bytes = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\nno";
    let expected = Response {
        status: 400,
        body: b"no".to_vec(),
    };
    assert_eq!(parse(bytes), Some(expected));
}

#[test]
fn other_data_than_http_is_not_a_response() {
    for bytes in [
        "",
        "HTTP/1.1 200 OK\r\n",
        "SSH-2.0\r\n\r\n",
        "HTTP/1.1 x\r\n\r\n",
    ] {
        assert_eq!(parse(bytes.as_bytes()), None, "{bytes:?}");
    }
}
