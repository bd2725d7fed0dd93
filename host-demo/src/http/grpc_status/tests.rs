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
