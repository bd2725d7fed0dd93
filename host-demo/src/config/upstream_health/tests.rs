use super::HealthCheckPath;

#[test]
fn a_health_path_is_a_path_with_its_query_or_none() {
    assert_eq!("none".parse(), Ok(HealthCheckPath::None));
    for text in ["/", "/health", "/v2/health/ready?verbose=1", "/a%20b"] {
        let expected = HealthCheckPath::Path(text.parse().unwrap());
        assert_eq!(text.parse(), Ok(expected), "{text}");
    }
}

#[test]
fn anything_else_is_refused() {
    for text in [
        "",
        "health",
        "None",
        "http://a/health",
        "/a b",
        "/a#b",
        "/\u{e9}",
    ] {
        assert!(text.parse::<HealthCheckPath>().is_err(), "{text}");
    }
}
