use super::{Answer, parse};

#[test]
fn an_answer_is_its_status_and_what_follows_the_head() {
    let bytes = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\nno";
    let expected = Answer {
        status: 400,
        body: b"no".to_vec(),
    };
    assert_eq!(parse(bytes), Some(expected));
}

#[test]
fn what_is_no_http_is_no_answer() {
    for bytes in [
        "",
        "HTTP/1.1 200 OK\r\n",
        "SSH-2.0\r\n\r\n",
        "HTTP/1.1 x\r\n\r\n",
    ] {
        assert_eq!(parse(bytes.as_bytes()), None, "{bytes:?}");
    }
}
