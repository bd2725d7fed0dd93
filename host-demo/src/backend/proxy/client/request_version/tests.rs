use http_body_util::Empty;

use super::*;

fn endpoint() -> Endpoint {
    Endpoint::Tcp {
        host: "upstream".to_owned(),
        port: 80,
    }
}

#[test]
fn the_authority_over_http2_is_that_of_host_or_of_the_target_or_of_the_endpoint() {
    for (target, host, expected) in [
        ("/a?b", None, "http://upstream:80/a?b"),
        ("http://client/a?b", None, "http://client/a?b"),
        ("/a?b", Some("client"), "http://client/a?b"),
    ] {
        let mut request = Request::get(target);
        if let Some(host) = host {
            request = request.header(header::HOST, host);
        }
        let mut request = request.body(Empty::<bytes::Bytes>::new()).unwrap();
        prepare_http2(&mut request, &endpoint());
        assert_eq!(request.uri().to_string(), expected, "{target} {host:?}");
        assert!(!request.headers().contains_key(header::HOST));
    }
}
