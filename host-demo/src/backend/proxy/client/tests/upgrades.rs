use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;

use super::*;

const SWITCHING: &str =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";

fn upgrade() -> Request<ResponseBody> {
    let mut request = get();
    let headers = request.headers_mut();
    let value = http::HeaderValue::from_static;
    headers.insert("connection", value("keep-alive, Upgrade"));
    headers.insert("upgrade", value("websocket"));
    request
}

#[test]
fn an_upgrade_that_was_asked_for_hands_out_the_stream() {
    run(async {
        let (upstream, metrics) = (Upstream::start().await, metrics());
        let client = client_with(settings(), &metrics);
        let request = upstream.send(&client, upgrade());
        let mut connection = upstream.accept().await;
        answer(&mut connection, &format!("{SWITCHING}hello")).await;
        let mut response = request.response().await;
        assert_eq!(response.status(), 101);
        let upgrade = response.extensions_mut().remove::<OnUpgrade>().unwrap();
        let upgraded = timeout(SOON, upgrade).await.expect("a stream").unwrap();
        let mut stream = TokioIo::new(upgraded);
        read_until(&mut stream, "hello").await;
        stream.write_all(b"world").await.unwrap();
        read_until(&mut connection, "world").await;
        let in_use = "upstream_connections{state=\"in_use\"}";
        assert_eq!(metric(&metrics, in_use), 1);
        drop(stream);
        assert_closed(&mut connection, SOON).await;
        assert_eq!(metric(&metrics, in_use), 0);
    });
}

#[test]
fn an_upgrade_that_nobody_asked_for_is_an_invalid_response() {
    run(async {
        let mut named_alone = upgrade();
        named_alone.headers_mut().remove("connection");
        for request in [get(), named_alone] {
            let (upstream, client) = (Upstream::start().await, client());
            let request = upstream.send(&client, request);
            let mut connection = upstream.accept().await;
            answer(&mut connection, SWITCHING).await;
            let error = request.error().await;
            assert!(
                matches!(
                    error,
                    SendError::InvalidResponse(InvalidResponse::UnaskedUpgrade)
                ),
                "{error:?}"
            );
            assert_closed(&mut connection, SOON).await;
        }
    });
}
