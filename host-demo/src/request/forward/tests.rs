use super::*;

#[test]
fn a_grpc_call_without_a_key_has_a_time_limit_of_its_own() {
    let limit = |key, timeout: Option<&str>| {
        let mut headers = HeaderMap::new();
        if let Some(timeout) = timeout {
            headers.insert("grpc-timeout", timeout.parse().unwrap());
        }
        grpc_time_limit(key, &headers).unwrap()
    };
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    assert_eq!(limit(ForwardKey::None, None), seconds(10));
    assert_eq!(limit(ForwardKey::None, Some("3S")), seconds(3));
    assert_eq!(limit(ForwardKey::None, Some("1H")), seconds(10));
    assert_eq!(limit(ForwardKey::Inference, None), None);
    assert_eq!(limit(ForwardKey::Inference, Some("1H")), seconds(3600));
}
