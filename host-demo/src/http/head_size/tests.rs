use http::Request;

use super::*;

#[test]
fn a_head_of_exactly_the_limit_is_accepted() {
    let text = "GET /ping?a=b HTTP/1.1\r\nhost: x\r\nname: value\r\n";
    let (parts, ()) = Request::get("/ping?a=b")
        .header("host", "x")
        .header("name", "value")
        .body(())
        .unwrap()
        .into_parts();
    assert!(check_head_size(&parts, text.len()).is_ok());
    let refused = check_head_size(&parts, text.len() - 1).unwrap_err();
    assert_eq!(refused.limit(), Some(Limit::HeaderSize));
}
