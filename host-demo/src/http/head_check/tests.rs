use http::{HeaderName, Request};
use proptest::prelude::*;

use super::*;
use crate::http::rejection::ErrorForm;

fn parts(version: Version, target: &str, headers: &[(&'static str, &str)]) -> Parts {
    let mut request = Request::get(target).version(version).body(()).unwrap();
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).unwrap();
        request.headers_mut().append(*name, value);
    }
    request.into_parts().0
}

#[track_caller]
fn assert_checked(parts: &Parts, expected: Result<Option<&str>, HeadError>) {
    let checked = CheckedHead::check(parts).map(|head| head.host.map(RequestHost::as_str));
    assert_eq!(checked, expected, "{parts:?}");
}

/// A request of HTTP/1.1 with a host and these headers.
#[track_caller]
fn assert_headers(headers: &[(&'static str, &str)], expected: Result<(), HeadError>) {
    let mut all = vec![("host", "gateway")];
    all.extend(headers);
    let parts = parts(Version::HTTP_11, "/", &all);
    assert_checked(&parts, expected.map(|()| Some("gateway")));
}

#[test]
fn http_1_1_names_its_host_once() {
    for (hosts, expected) in [
        (&["gateway"][..], Ok(Some("gateway"))),
        (&["gateway:8080"], Ok(Some("gateway:8080"))),
        (&[], Err(HeadError::HostMissing)),
        (&["gateway", "gateway"], Err(HeadError::HostRepeated)),
        (&[""], Err(HeadError::HostMalformed)),
        (&["gateway,gateway"], Err(HeadError::HostMalformed)),
        (&["user@gateway"], Err(HeadError::HostMalformed)),
    ] {
        let headers: Vec<_> = hosts.iter().map(|host| ("host", *host)).collect();
        assert_checked(&parts(Version::HTTP_11, "/", &headers), expected);
    }
}

#[test]
fn an_absolute_target_and_host_name_the_same_host() {
    for (target, host, expected) in [
        ("http://gateway/x", "GATEWAY", Ok(Some("gateway"))),
        ("http://gateway:80/x", "gateway", Ok(Some("gateway:80"))),
        ("https://gateway:443/x", "gateway", Ok(Some("gateway:443"))),
        (
            "https://gateway:80/x",
            "gateway",
            Err(HeadError::HostsDiffer),
        ),
        ("http://gateway/x", "other", Err(HeadError::HostsDiffer)),
        (
            "http://user@gateway/x",
            "gateway",
            Err(HeadError::HostMalformed),
        ),
        ("ftp://gateway/x", "gateway", Err(HeadError::Scheme)),
    ] {
        for version in [Version::HTTP_10, Version::HTTP_11, Version::HTTP_2] {
            assert_checked(&parts(version, target, &[("host", host)]), expected);
        }
    }
    let absolute = |version| parts(version, "http://gateway/x", &[]);
    assert_checked(&absolute(Version::HTTP_11), Err(HeadError::HostMissing));
    assert_checked(&absolute(Version::HTTP_10), Ok(Some("gateway")));
    assert_checked(&absolute(Version::HTTP_2), Ok(Some("gateway")));
}

#[test]
fn without_an_authority_http_2_needs_host_and_http_1_0_nothing() {
    let missing = Err(HeadError::HostMissing);
    assert_checked(&parts(Version::HTTP_2, "/", &[]), missing);
    assert_checked(
        &parts(Version::HTTP_2, "/", &[("host", "gateway")]),
        Ok(Some("gateway")),
    );
    assert_checked(&parts(Version::HTTP_10, "/", &[]), Ok(None));
    assert_checked(
        &parts(Version::HTTP_10, "/", &[("host", "gateway")]),
        Ok(Some("gateway")),
    );
    let two = parts(Version::HTTP_10, "/", &[("host", "a"), ("host", "b")]);
    assert_checked(&two, Err(HeadError::HostRepeated));
}

#[test]
fn connect_is_refused() {
    let mut parts = parts(Version::HTTP_11, "gateway:80", &[("host", "gateway:80")]);
    parts.method = Method::CONNECT;
    assert_checked(&parts, Err(HeadError::Connect));
}

#[test]
fn a_body_is_framed_by_one_length_or_by_chunked() {
    const TE: &str = "transfer-encoding";
    assert_headers(&[(TE, "chunked")], Ok(()));
    assert_headers(&[(TE, "Chunked")], Ok(()));
    assert_headers(&[("content-length", "3")], Ok(()));
    let wrong = Err(HeadError::TransferEncoding);
    for value in [
        "",
        "identity",
        "gzip, chunked",
        "chunked, chunked",
        "chunked,",
        "xchunked",
    ] {
        assert_headers(&[(TE, value)], wrong);
    }
    assert_headers(&[(TE, "chunked"), (TE, "chunked")], wrong);
    assert_headers(&[(TE, "gzip"), (TE, "chunked")], wrong);
    assert_headers(
        &[(TE, "chunked"), ("content-length", "3")],
        Err(HeadError::TwoLengths),
    );
}

#[test]
fn connection_names_nothing_that_describes_the_request() {
    for value in [
        "close",
        "keep-alive, Upgrade",
        "TE",
        "x-hop, http2-settings",
        ",",
        "",
    ] {
        assert_headers(&[("connection", value)], Ok(()));
    }
    for name in END_TO_END {
        assert_headers(&[("connection", name)], Err(HeadError::Connection));
    }
    for value in [
        "close, Authorization",
        "X-Forwarded-For",
        "x-forwarded-anything",
    ] {
        assert_headers(&[("connection", value)], Err(HeadError::Connection));
    }
    assert_headers(
        &[("connection", "close"), ("connection", "host")],
        Err(HeadError::Connection),
    );
}

#[test]
fn only_100_continue_may_be_expected() {
    for value in ["100-continue", "100-Continue"] {
        assert_headers(&[("expect", value)], Ok(()));
    }
    for value in ["", "200-ok", "100-continue, 200-ok", "100-continue;q=1"] {
        assert_headers(&[("expect", value)], Err(HeadError::Expect));
    }
    let two = [("expect", "100-continue"), ("expect", "x")];
    assert_headers(&two, Err(HeadError::Expect));
}

#[test]
fn a_refused_head_closes_a_connection_of_http_1_only() {
    for (version, expected) in [(Version::HTTP_11, Some("close")), (Version::HTTP_2, None)] {
        let parts = parts(version, "/", &[("expect", "x"), ("host", "gateway")]);
        let response = CheckedHead::new(&parts)
            .unwrap_err()
            .into_response(ErrorForm::TorchServe);
        assert_eq!(response.status(), StatusCode::EXPECTATION_FAILED);
        let connection = response.headers().get(CONNECTION);
        assert_eq!(
            connection.map(HeaderValue::as_bytes),
            expected.map(str::as_bytes)
        );
    }
}

proptest! {
    #[test]
    fn any_head_is_checked(
        fields in proptest::collection::vec(
            ("(host|expect|connection|transfer-encoding|te)", "[ -~]{0,20}"), 0..5,
        ),
    ) {
        let mut parts = parts(Version::HTTP_11, "/", &[]);
        for (name, value) in &fields {
            let name = HeaderName::try_from(name.as_str()).unwrap();
            parts.headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        if CheckedHead::new(&parts).is_ok() {
            prop_assert_eq!(parts.headers.get_all(HOST).iter().count(), 1);
        }
    }
}
