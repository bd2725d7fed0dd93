use super::*;

/// How a client takes an answer, and that the connection is closed after it.
async fn refusal(text: &str) -> InvalidResponse {
    let (upstream, client) = (Upstream::start().await, client());
    let request = upstream.send(&client, get());
    let mut connection = upstream.accept().await;
    answer(&mut connection, text).await;
    let error = match request.error().await {
        SendError::InvalidResponse(error) => error,
        other => panic!("{other:?} for {text:?}"),
    };
    assert_closed(&mut connection, SOON).await;
    error
}

#[test]
fn what_is_no_http_is_an_invalid_response() {
    run(async {
        let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(20_000));
        for garbage in [
            "SSH-2.0-OpenSSH\r\n\r\n",
            "HTTP/1.1 99\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX : y\r\n\r\n",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            &long,
        ] {
            let error = refusal(garbage).await;
            assert!(matches!(error, InvalidResponse::Malformed(_)), "{error:?}");
        }
    });
}

#[test]
fn a_response_whose_end_can_be_read_in_two_ways_is_invalid() {
    run(async {
        let both = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n";
        let error = refusal(both).await;
        assert!(matches!(error, InvalidResponse::TwoLengths), "{error:?}");
        let twice = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na";
        let error = refusal(twice).await;
        assert!(
            matches!(error, InvalidResponse::SeveralContentLengths),
            "{error:?}"
        );
        for coding in ["gzip", "gzip, chunked", "chunked, chunked", "xchunked"] {
            let head = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: {coding}\r\n\r\n");
            let error = refusal(&head).await;
            assert!(
                matches!(error, InvalidResponse::TransferEncoding),
                "{coding}: {error:?}"
            );
        }
    });
}

#[test]
fn responses_before_the_last_one_are_passed_over() {
    run(async {
        let (upstream, client) = (Upstream::start().await, client());
        let request = upstream.send(&client, get());
        let mut connection = upstream.accept().await;
        let early = "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n";
        answer(&mut connection, early).await;
        write(&mut connection, EMPTY_ANSWER).await;
        let response = request.response().await;
        assert_eq!(response.status(), 200);
        assert!(!response.headers().contains_key("link"));
    });
}

#[test]
fn a_response_to_head_has_no_body_whatever_its_length_says() {
    run(async {
        let (upstream, client) = (Upstream::start().await, client());
        let head = with_body(http::Method::HEAD, ResponseBody::default());
        let request = upstream.send(&client, head);
        let mut connection = upstream.accept().await;
        answer(
            &mut connection,
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        )
        .await;
        let response = request.response().await;
        assert_eq!(response.headers()["content-length"], "5");
        assert_eq!(text(response).await, "");
        let next = upstream.send(&client, get());
        answer(&mut connection, EMPTY_ANSWER).await;
        next.response().await;
    });
}
