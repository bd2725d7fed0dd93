use super::UpstreamAuthorization;

#[test]
fn the_upstreams_own_key_is_read_from_a_file() {
    let file = UpstreamAuthorization::File("/run/key".into());
    assert_eq!("file:/run/key".parse(), Ok(file));
    assert_eq!("strip".parse(), Ok(UpstreamAuthorization::Strip));
    for text in ["", "file:", "Strip", "Bearer key"] {
        assert!(text.parse::<UpstreamAuthorization>().is_err(), "{text}");
    }
}
