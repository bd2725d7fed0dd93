//! The head of a request as the upstream gets it.

use std::collections::BTreeMap;

use integration_tests::{
    Client, Host, Listener, Request, get, post,
    upstream::{HttpUpstream, RawUpstream},
    write_file,
};
use serde_json::Value;

use super::{in_front_of, inference, with_upstream};

/// The header fields that the upstream got, by name.
fn headers(echo: &Value) -> BTreeMap<String, Vec<String>> {
    let fields: Vec<(String, String)> =
        serde_json::from_value(echo["headers"].clone()).expect("the headers");
    let mut by_name = BTreeMap::<_, Vec<_>>::new();
    for (name, value) in fields {
        by_name.entry(name).or_default().push(value);
    }
    by_name
}

/// What the upstream got of a request with the inference key.
#[track_caller]
fn echo(client: Client, host: &Host, request: Request) -> Value {
    let response = client.exchange(host, Listener::Inference, &inference(host, request));
    assert_eq!(response.status, 200, "{response:?}");
    response.json()
}

#[test]
fn method_target_and_body_are_forwarded_as_they_are() {
    let (host, _upstream) = with_upstream();
    let targets = [
        "/a/b?c=d&e=%2F%20&f=//x/../y",
        "/A/b/",
        "/a%20b/%41?",
        "/a;b=c/d:e,f@g",
        "/%e2%82%ac?%ff",
        "/a/...",
    ];

    for client in Client::ALL {
        for target in targets {
            let echo = echo(client, &host, post(target).body("body"));
            assert_eq!(echo["method"], "POST");
            assert_eq!(echo["target"], target, "{client:?}");
            assert_eq!(echo["body"], "body");
            assert_eq!(echo["version"], "HTTP/1.1");
        }
    }
}

/// An upstream could route by the authority of an absolute target.
#[test]
fn an_absolute_target_is_forwarded_in_origin_form() {
    let (host, upstream) = with_upstream();

    let echo = echo(Client::Http1, &host, get("http://localhost/a?b"));

    assert_eq!(echo["target"], "/a?b");
    assert_eq!(headers(&echo)["host"], [upstream.authority()]);
}

#[test]
fn the_key_is_not_forwarded() {
    let (host, _upstream) = with_upstream();

    for client in Client::ALL {
        let headers = headers(&echo(client, &host, get("/x")));
        assert!(!headers.contains_key("authorization"), "{headers:?}");
    }
}

#[test]
fn the_key_is_forwarded_on_request() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .property("upstream_authorization", "keep")
        .keys_in_responses()
        .start();
    let key = host.keys().inference.key;

    let headers = headers(&echo(Client::Http1, &host, get("/x")));

    assert_eq!(headers["authorization"], [format!("Bearer {key}")]);
}

#[test]
fn the_upstream_gets_its_own_key() {
    let upstream = HttpUpstream::start();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("key");
    write_file(&file, b"Bearer of-the-upstream\n");
    let host = in_front_of(&upstream.url())
        .property(
            "upstream_authorization",
            &format!("file:{}", file.display()),
        )
        .start();

    for client in Client::ALL {
        let headers = headers(&echo(client, &host, get("/x")));
        assert_eq!(headers["authorization"], ["Bearer of-the-upstream"]);
    }
    assert!(!host.log().text().contains("of-the-upstream"));
}

#[test]
fn host_is_the_authority_of_the_upstream() {
    let (host, upstream) = with_upstream();

    for client in Client::ALL {
        let headers = headers(&echo(client, &host, get("/x")));
        assert_eq!(headers["host"], [upstream.authority()]);
    }
}

#[test]
fn an_upstream_may_have_an_ipv6_address_or_a_name() {
    let over_ipv6 = HttpUpstream::start_at("[::1]:0".parse().expect("an address"));
    let host = in_front_of(&over_ipv6.url()).start();
    let over_http1 = headers(&echo(Client::Http1, &host, get("/x")));
    assert_eq!(over_http1["host"], [over_ipv6.authority()]);

    // The name has an IPv6 address too, at which nothing listens.
    let upstream = HttpUpstream::start();
    let named = upstream.authority().replace("127.0.0.1", "localhost");
    let host = in_front_of(&format!("http://{named}")).start();
    let over_http1 = headers(&echo(Client::Http1, &host, get("/x")));
    assert_eq!(over_http1["host"], [named]);
}

#[test]
fn host_is_kept_on_request() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .property("upstream_host", "keep")
        .start();

    let over_http1 = headers(&echo(Client::Http1, &host, get("/x")));
    assert_eq!(over_http1["host"], ["localhost"]);
    let over_http2 = headers(&echo(Client::Http2, &host, get("/x")));
    let authority = host.address(Listener::Inference).to_string();
    assert_eq!(over_http2["host"], [authority]);
}

#[test]
fn hop_by_hop_headers_and_what_connection_names_are_not_forwarded() {
    let (host, _upstream) = with_upstream();
    let request = get("/x")
        .header("Connection", "keep-alive, X-Named")
        .header("Connection", "x-named-too")
        .header("Keep-Alive", "timeout=5")
        .header("Proxy-Connection", "keep-alive")
        .header("Proxy-Authorization", "Basic eDp5")
        .header("Proxy-Authenticate", "Basic")
        .header("TE", "gzip")
        .header("Trailer", "x-trailer")
        .header("X-Named", "1")
        .header("X-Named-Too", "1")
        .header("X-Passed", "1");

    let headers = headers(&echo(Client::Http1, &host, request));

    for name in [
        "connection",
        "keep-alive",
        "proxy-connection",
        "proxy-authorization",
        "proxy-authenticate",
        "te",
        "x-named",
        "x-named-too",
    ] {
        assert!(!headers.contains_key(name), "{name} {headers:?}");
    }
    assert_eq!(headers["x-passed"], ["1"]);
}

/// A header that names the key's would remove it before the check elsewhere.
#[test]
fn connection_must_not_name_authorization() {
    let (host, upstream) = with_upstream();

    for name in ["authorization", "close, Authorization"] {
        let request = inference(&host, get("/x").header("Connection", name));
        let response = host.inference(&request);
        assert_eq!(response.status, 400, "{response:?}");
    }
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn a_clients_own_principal_is_replaced() {
    let (host, _upstream) = with_upstream();

    for client in Client::ALL {
        let request = get("/x")
            .header("x-token-principal", "someone")
            .header("X-Token-Principal", "else");
        let with_own = headers(&echo(client, &host, request));
        let without = headers(&echo(client, &host, get("/x")));
        assert_eq!(with_own["x-token-principal"], without["x-token-principal"]);
        let [principal] = &without["x-token-principal"][..] else {
            panic!("{without:?}");
        };
        assert!(!principal.is_empty());
        assert!(!host.keys().all().any(|key| principal.contains(key)));
    }
}

/// Servers of CGI's kin, such as WSGI, take `_` and `-` for the same.
#[test]
fn the_same_names_with_underscores_are_deleted() {
    let (host, _upstream) = with_upstream();
    let request = get("/x")
        .header("X_Token_Principal", "root")
        .header("x-token_principal", "root")
        .header("X_Forwarded_For", "192.0.2.1")
        .header("X_Real_IP", "192.0.2.1")
        .header("other_name", "1");

    for client in Client::ALL {
        let echo = echo(client, &host, request.clone());
        assert!(!echo.to_string().contains("root"), "{echo}");
        assert!(!echo.to_string().contains("192.0.2.1"), "{echo}");
        assert_eq!(headers(&echo)["other_name"], ["1"]);
    }
}

#[test]
fn without_token_authorization_a_clients_own_principal_is_deleted() {
    let upstream = HttpUpstream::start();
    let host = Host::builder()
        .upstream_inference(&upstream.url())
        .argument("--disable-token-auth")
        .start();

    let response = host.inference(&get("/x").header("x-token-principal", "someone"));

    let headers = headers(&response.json());
    assert!(!headers.contains_key("x-token-principal"), "{headers:?}");
}

#[test]
fn what_an_untrusted_client_says_of_its_way_is_replaced() {
    let (host, _upstream) = with_upstream();
    let request = get("/x")
        .header("Forwarded", "for=192.0.2.1;proto=https;host=evil")
        .header("X-Forwarded-For", "192.0.2.1")
        .header("X-Forwarded-Proto", "https")
        .header("X-Forwarded-Host", "evil")
        .header("X-Forwarded-Prefix", "/evil")
        .header("X-Real-IP", "192.0.2.1");

    for client in Client::ALL {
        let echo = echo(client, &host, request.clone());
        let headers = headers(&echo);
        assert!(!echo.to_string().contains("evil"), "{headers:?}");
        assert!(!echo.to_string().contains("192.0.2.1"), "{headers:?}");
        assert_eq!(headers["x-forwarded-for"], ["127.0.0.1"]);
        assert_eq!(headers["x-forwarded-proto"], ["http"]);
        assert!(
            headers["forwarded"][0].contains("for=127.0.0.1"),
            "{headers:?}"
        );
    }
}

#[test]
fn a_request_has_an_id_which_the_response_names_too() {
    let (host, _upstream) = with_upstream();

    for client in Client::ALL {
        let request = inference(&host, get("/x").header("x-request-id", "client-1"));
        let response = client.exchange(&host, Listener::Inference, &request);
        assert_eq!(headers(&response.json())["x-request-id"], ["client-1"]);
        assert_eq!(response.header("x-request-id"), Some("client-1"));

        let response = client.exchange(&host, Listener::Inference, &inference(&host, get("/x")));
        let forwarded = headers(&response.json())["x-request-id"].clone();
        assert_eq!(response.header_values("x-request-id"), forwarded);
        assert!(!forwarded[0].is_empty());
    }
}

#[test]
fn trace_context_and_other_headers_are_forwarded_as_they_are() {
    let (host, _upstream) = with_upstream();
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let request = get("/x")
        .header("traceparent", trace)
        .header("tracestate", "a=b")
        .header("x-several", "1")
        .header("x-several", "2")
        .header("cookie", "a=b")
        .header("cookie", "c=d")
        .header("x-api-key", "of-the-upstream")
        .header("accept-encoding", "gzip");

    for client in Client::ALL {
        let headers = headers(&echo(client, &host, request.clone()));
        assert_eq!(headers["traceparent"], [trace]);
        assert_eq!(headers["tracestate"], ["a=b"]);
        assert_eq!(headers["x-several"], ["1", "2"]);
        // RFC 9113 8.2.3: HTTP/2 may split it, HTTP/1.1 may not.
        if client == Client::Http2 {
            assert_eq!(headers["cookie"], ["a=b; c=d"]);
        }
        assert_eq!(headers["x-api-key"], ["of-the-upstream"]);
        assert_eq!(headers["accept-encoding"], ["gzip"]);
    }
}

/// As HTTP/1.1, because the connection to the upstream is the host's own.
#[test]
fn a_request_of_http_1_0_is_forwarded_as_1_1() {
    let (host, upstream) = with_upstream();
    let mut connection = host.connect(Listener::Inference);
    let head = format!(
        "GET /x HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n",
        host.keys().inference.key
    );

    connection.send(head.as_bytes());

    let (answer, end) = connection.receive_to_end();
    assert!(end.is_ok());
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    assert!(!answer.to_ascii_lowercase().contains("chunked"), "{answer}");
    assert_eq!(upstream.requests()[0].version, "HTTP/1.1");
}

#[test]
fn a_body_has_one_length_on_its_way() {
    let (host, _upstream) = with_upstream();

    let with_length = headers(&echo(Client::Http1, &host, post("/x").body("12345")));
    assert_eq!(with_length["content-length"], ["5"]);
    assert!(!with_length.contains_key("transfer-encoding"));
    let over_http2 = headers(&echo(Client::Http2, &host, post("/x").body("12345")));
    assert_eq!(over_http2["content-length"], ["5"]);
    let without_body = headers(&echo(Client::Http1, &host, get("/x")));
    assert!(!without_body.contains_key("transfer-encoding"));
    assert!(!without_body.contains_key("content-length"));
}

#[test]
fn a_body_of_unknown_length_arrives_whole() {
    let (host, _upstream) = with_upstream();

    for client in Client::ALL {
        for method in ["POST", "GET", "DELETE"] {
            let request = inference(&host, Request::new(method, "/x"));
            let mut upload = client.start_upload(host.address(Listener::Inference), &request);
            upload.send(b"a piece").expect("it is sent");
            upload.send(b" and another").expect("it is sent");
            upload.finish();
            let echo = upload.response().json();
            assert_eq!(echo["body"], "a piece and another", "{client:?} {method}");
            assert_eq!(headers(&echo)["transfer-encoding"], ["chunked"]);
        }
    }
}

/// Some servers take trailers for headers.
#[test]
fn trailers_do_not_replace_headers() {
    let upstream = RawUpstream::start(|connection| connection.read_to_end());
    let host = in_front_of(&upstream.url()).start();
    let mut client = host.connect(Listener::Inference);
    let names = "authorization, forwarded, x-checksum, x-request-id, x-token-principal";

    client.send(
        format!(
            "POST /x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nTrailer: {names}\r\n\
             Transfer-Encoding: chunked\r\n\r\n1\r\n1\r\n0\r\nauthorization: forged\r\n\
             forwarded: for=forged\r\nx-checksum: 1234\r\nx-request-id: forged\r\n\
             x-token-principal: forged\r\n\r\n",
            host.keys().inference.key
        )
        .as_bytes(),
    );

    let seen = upstream.wait_for_text("x-checksum: 1234\r\n\r\n");
    assert!(!seen.contains("forged"), "{seen}");
}
