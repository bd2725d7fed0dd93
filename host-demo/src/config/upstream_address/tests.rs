use super::{UpstreamAddress, UpstreamAddresses};

#[test]
fn an_address_is_a_url_without_a_path_or_a_unix_socket() {
    for (text, shown, authority) in [
        (
            "http://127.0.0.1:8000",
            "http://127.0.0.1:8000",
            "127.0.0.1:8000",
        ),
        (
            "http://127.0.0.1:8000/",
            "http://127.0.0.1:8000",
            "127.0.0.1:8000",
        ),
        (
            "HTTP://vllm.internal",
            "http://vllm.internal",
            "vllm.internal",
        ),
        ("https://vllm:443", "https://vllm", "vllm"),
        ("http://vllm:443", "http://vllm:443", "vllm:443"),
        ("http://[::1]:8000", "http://[::1]:8000", "[::1]:8000"),
        ("unix:/run/vllm.sock", "unix:/run/vllm.sock", "localhost"),
    ] {
        let address: UpstreamAddress = text.parse().unwrap();
        assert_eq!(address.to_string(), shown, "{text}");
        assert_eq!(address.authority(), authority, "{text}");
    }
}

#[test]
fn anything_else_is_refused() {
    for text in [
        "",
        "127.0.0.1:8000",
        "http://",
        "http://:8000",
        "http://host:0",
        "http://host:",
        "http://host:65536",
        "http://host/path",
        "http://host?query",
        "http://user@host",
        "http://user:password@host:80",
        "ftp://host",
        "unix:relative.sock",
        "unix:",
        "http://a b",
        "http://[]:1",
        "http://[host]:1",
        "http://[::1",
        "http://::1",
        "http://,[::1]:1",
        "http://host;x",
    ] {
        assert!(text.parse::<UpstreamAddress>().is_err(), "{text}");
    }
}

#[test]
fn replicas_are_separated_by_commas_and_differ() {
    let replicas: UpstreamAddresses = "http://a:8000, http://b:8000".parse().unwrap();
    assert_eq!(replicas.iter().count(), 2);
    assert!(
        "http://a:8000,http://a:8000"
            .parse::<UpstreamAddresses>()
            .is_err()
    );
    assert!("http://a:8000,".parse::<UpstreamAddresses>().is_err());
}
