use super::*;

#[test]
fn a_trailers_only_response_has_status_200_and_no_body() {
    use hyper::body::Body as _;

    let response = GrpcStatus::PERMISSION_DENIED.trailers_only("no");

    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/grpc");
    assert_eq!(response.headers()["grpc-status"], "7");
    assert_eq!(response.headers()["grpc-message"], "no");
    assert!(response.body().is_end_stream());
}

#[test]
fn a_message_is_escaped() {
    assert_eq!(escape("100% \u{e9}\n"), "100%25 %C3%A9%0A");
}

#[test]
fn only_grpcs_media_types_over_http_2_make_a_grpc_call() {
    for (version, media_type, expected) in [
        (Version::HTTP_2, "application/grpc", true),
        (Version::HTTP_2, "application/grpc+proto", true),
        (Version::HTTP_2, "application/grpc;x=y", true),
        (Version::HTTP_2, "application/grpc-web", false),
        (Version::HTTP_2, "application/json", false),
        (Version::HTTP_11, "application/grpc", false),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        assert_eq!(
            is_grpc(version, &headers),
            expected,
            "{version:?} {media_type}"
        );
    }
    assert!(!is_grpc(Version::HTTP_2, &HeaderMap::new()));
}

#[test]
fn each_http_status_has_its_grpc_status() {
    for (statuses, expected) in [
        (&[400, 411, 415, 417][..], 13),
        (&[401], 16),
        (&[403], 7),
        (&[404, 405, 501], 12),
        (&[408, 504], 4),
        (&[409], 10),
        (&[413, 414, 429, 431], 8),
        (&[421, 502, 503], 14),
        (&[499], 1),
        (&[200, 204, 302, 402, 418, 422, 500, 505, 599, 999], 2),
    ] {
        for &status in statuses {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(
                GrpcStatus::from_http(status),
                GrpcStatus(expected),
                "{status}"
            );
        }
    }
}
